package dev.layar.proxy.filter;

import dev.layar.proxy.config.HttpConfig;
import dev.layar.proxy.http.Head;
import dev.layar.proxy.net.Loop;
import dev.layar.proxy.observe.ByteSink;
import dev.layar.proxy.observe.StreamInfo;
import dev.layar.proxy.route.RouteAction;
import dev.layar.proxy.route.RouteEntry;
import dev.layar.proxy.route.RouteResult;
import org.jspecify.annotations.Nullable;

/** One exchange as its layers see it. Event-loop confined; not to be kept beyond the exchange. */
public interface Call {
  Loop loop();

  /** The connection manager that the connection came through. */
  HttpConfig config();

  Head request();

  /** The response; meaningful in {@link Layer#response} only. */
  Head response();

  /** The facts so far. */
  StreamInfo info();

  /** A sink to put text together in; whoever uses it clears it first. */
  ByteSink scratch();

  /** Looks the route up in the snapshot of this exchange and remembers it. */
  RouteResult findRoute();

  /** The route that was found; null before that, and when there is none. */
  @Nullable RouteEntry route();

  /** Where the route sends the request; null when it answers by itself or was not found. */
  RouteAction.@Nullable Target target();

  /** The Date header's value now. Shared: not to be changed. */
  byte[] date();

  /** Counts something of the connection manager, by a slot of {@code HttpStats}. */
  void count(int slot);

  /** Answers with a redirect, in place of {@link #reply}. */
  void redirect(int status, byte[] location, byte[] details);

  /**
   * Answers instead of an upstream. To be called at most once, and not after the response started.
   *
   * @param body empty for none
   * @param flag a bit of {@code ResponseFlags}, 0 for none
   * @param details RESPONSE_CODE_DETAILS, without white space
   */
  void reply(int status, byte[] body, long flag, byte[] details);

  /** What a layer puts into the head of its own answer. */
  @FunctionalInterface
  interface Edits {
    void apply(Head response);
  }

  /** Answers without a body, with more in the head, in place of {@link #reply}. */
  void answer(int status, long flag, byte[] details, Edits edits);

  /** Goes on behind the layer that answered {@link Step#WAIT}. */
  void resume();

  /**
   * Runs {@code then} after so many nanoseconds, unless the exchange ends before.
   *
   * @param over runs once in either case, before {@code then}
   */
  void after(long nanos, Runnable then, Runnable over);

  /** The connection closes when the exchange is over. */
  void closeAfter();
}
