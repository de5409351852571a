package dev.layar.proxy.filter;

/** What follows after a layer has seen a request. */
public enum Step {
  /** The next layer. */
  CONTINUE,
  /** Nothing: the layer has answered by {@link Call#reply}. */
  ANSWERED,
  /** Nothing yet: the layer will call {@link Call#resume}. */
  WAIT
}
