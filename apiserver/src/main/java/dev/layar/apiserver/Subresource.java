package dev.layar.apiserver;

/** The part of an object that a read or write is about. */
public enum Subresource {
  /** The object without its status: a write leaves the status as it is. */
  NONE,
  /** The status alone: a write leaves everything else but metadata's lists as it is. */
  STATUS,
  /** The {@code autoscaling/v1 Scale} view. */
  SCALE
}
