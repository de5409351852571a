package dev.layar.proxy.cluster;

import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** Looks names up without blocking. Passed in, so that tests decide what a name means. */
@FunctionalInterface
public interface Resolver {
  /** All addresses of a name; fails or gives none when there are none. Completes on any thread. */
  CompletionStage<List<InetAddress>> resolve(String host);
}
