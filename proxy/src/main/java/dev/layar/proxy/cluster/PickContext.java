package dev.layar.proxy.cluster;

import dev.layar.base.SplitMix64;
import dev.layar.proxy.cluster.lb.SubsetMatch;
import java.net.InetSocketAddress;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What picking an endpoint may depend on. Event-loop confined, mutable and reused: {@link #reset}
 * before each stream, {@link #tried} after each failed attempt.
 */
public final class PickContext {
  private int loop;
  private long random;
  private boolean hashed;
  private long hash;
  private int attempt;
  private @Nullable Endpoint[] tried = new Endpoint[4];
  private int triedCount;
  private int reselections;
  private int selection;
  private int draws;
  private @Nullable InetSocketAddress originalDestination;
  private byte[] authority = new byte[0];
  private int authorityStart;
  private int authorityLength;
  private byte @Nullable [] setCookie;
  private @Nullable SubsetMatch subset;

  /**
   * @param loopIndex the calling event loop
   * @param streamRandom the stream's random value
   */
  public void reset(int loopIndex, long streamRandom) {
    loop = loopIndex;
    random = streamRandom;
    hashed = false;
    hash = 0;
    attempt = 0;
    Arrays.fill(tried, 0, triedCount, null);
    triedCount = 0;
    reselections = 0;
    selection = 0;
    draws = 0;
    originalDestination = null;
    authorityLength = 0;
    setCookie = null;
    subset = null;
  }

  public int loop() {
    return loop;
  }

  public long random() {
    return random;
  }

  /** A fresh random value, drawn from the stream's: the same stream draws the same sequence. */
  public long draw() {
    draws++;
    return SplitMix64.mix(random + draws * 0x9E3779B97F4A7C15L);
  }

  /** How often this attempt's pick was repeated already; consistent hashing moves on by it. */
  public int selection() {
    return selection;
  }

  void selection(int repeated) {
    selection = repeated;
  }

  /** Whether a hash policy gave a hash. */
  public boolean hashed() {
    return hashed;
  }

  public long hash() {
    return hash;
  }

  /** Sets the hash that consistent hashing goes by. */
  public void hash(long value) {
    hashed = true;
    hash = value;
  }

  /** Attempts made before this one: 0 for the first. */
  public int attempt() {
    return attempt;
  }

  /** Notes that an attempt went to {@code endpoint}; the next pick is a retry. */
  public void tried(@Nullable Endpoint endpoint) {
    attempt++;
    if (endpoint == null) {
      return;
    }
    if (triedCount == tried.length) {
      tried = Arrays.copyOf(tried, tried.length * 2);
    }
    tried[triedCount++] = endpoint;
  }

  /** Whether an earlier attempt went there. */
  public boolean wasTried(Endpoint endpoint) {
    for (int i = 0; i < triedCount; i++) {
      if (tried[i] == endpoint) {
        return true;
      }
    }
    return false;
  }

  /**
   * How many more times a pick is repeated when it gave an endpoint that was tried already; 0 when
   * the retry policy has no {@code previous_hosts} predicate ({@code
   * host_selection_retry_max_attempts}).
   */
  public int reselections() {
    return reselections;
  }

  public void reselections(int count) {
    reselections = count;
  }

  /** Where the client meant to connect to, for ORIGINAL_DST clusters; null when unknown. */
  public @Nullable InetSocketAddress originalDestination() {
    return originalDestination;
  }

  public void originalDestination(@Nullable InetSocketAddress address) {
    originalDestination = address;
  }

  /**
   * The request's authority, by which an ORIGINAL_DST cluster finds its destination where traffic
   * came through the HTTP-proxy listener. The array is only read during the pick.
   */
  public void authority(byte[] bytes, int start, int length) {
    authority = bytes;
    authorityStart = start;
    authorityLength = length;
  }

  public byte[] authorityBytes() {
    return authority;
  }

  public int authorityStart() {
    return authorityStart;
  }

  public int authorityLength() {
    return authorityLength;
  }

  /**
   * Value of a {@code set-cookie} header that a cookie hash policy asks to add to the response;
   * null mostly.
   */
  public byte @Nullable [] setCookie() {
    return setCookie;
  }

  public void setCookie(byte @Nullable [] value) {
    setCookie = value;
  }

  /** What the route asks of endpoints' metadata; null for nothing. */
  public @Nullable SubsetMatch subset() {
    return subset;
  }

  public void subset(@Nullable SubsetMatch wanted) {
    subset = wanted;
  }
}
