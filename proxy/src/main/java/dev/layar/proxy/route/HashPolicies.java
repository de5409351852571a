package dev.layar.proxy.route;

import com.google.re2j.Pattern;
import dev.layar.proxy.cluster.PickContext;
import dev.layar.proxy.cluster.lb.XxHash64;
import dev.layar.proxy.http.Ascii;
import dev.layar.proxy.http.Head;
import dev.layar.proxy.http.HeaderName;
import dev.layar.proxy.observe.ByteSink;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a request's hash is made of ({@code Envoy RouteAction.HashPolicy}). Policies are evaluated
 * in order; hashes combine as {@code rotateLeft(h, 1) ^ new}; a terminal policy stops once there is
 * a hash; without any hash the load balancer falls back to chance.
 */
public record HashPolicies(List<Policy> policies) {
  public static final HashPolicies NONE = new HashPolicies(List.of());

  public HashPolicies {
    policies = List.copyOf(policies);
  }

  /** One source of a hash. */
  public sealed interface Policy {
    boolean terminal();
  }

  /**
   * A header's values, sorted and hashed as a chain.
   *
   * @param rewrite applied to each value before hashing; null leaves it
   */
  public record Header(
      HeaderEdits.Name name, @Nullable Pattern rewrite, String substitution, boolean terminal)
      implements Policy {}

  /**
   * A cookie's value. When it is missing and {@code ttlSeconds} is not negative, a cookie is made
   * up and sent with the response.
   *
   * @param ttlSeconds 0 makes a session cookie, -1 makes none
   * @param byChance whether a new cookie's value is the stream's random value: many callers may
   *     share a connection
   */
  public record Cookie(
      byte[] name,
      long ttlSeconds,
      String path,
      String attributes,
      boolean terminal,
      boolean byChance)
      implements Policy {}

  /** The client's address without its port. */
  public record SourceIp(boolean terminal) implements Policy {}

  /** The first value of a query parameter. */
  public record QueryParameter(byte[] name, boolean terminal) implements Policy {}

  /**
   * Computes the hash and gives it to the context.
   *
   * @param remote {@code ip:port} of the client
   * @param local {@code ip:port} of this end
   */
  public void apply(Head head, byte[] remote, byte[] local, PickContext context) {
    long hash = 0;
    boolean any = false;
    for (int i = 0; i < policies.size(); i++) {
      Policy policy = policies.get(i);
      long one = one(policy, head, remote, local, context);
      if (one != ABSENT) {
        hash = any ? Long.rotateLeft(hash, 1) ^ one : one;
        any = true;
      }
      if (any && policy.terminal()) {
        break;
      }
    }
    if (any) {
      context.hash(hash);
    }
  }

  /** Stands for "no hash". A real hash of this value is treated as absent: one in 2^64. */
  private static final long ABSENT = 0x6C61796172L;

  private static long one(
      Policy policy, Head head, byte[] remote, byte[] local, PickContext context) {
    return switch (policy) {
      case Header header -> header(header, head);
      case Cookie cookie -> cookie(cookie, head, remote, local, context);
      case SourceIp ip -> sourceIp(remote);
      case QueryParameter parameter -> query(parameter, head);
    };
  }

  private static long header(Header policy, Head head) {
    byte[] name = policy.name().lower();
    if (name[0] == ':') {
      return pseudo(name, head);
    }
    int first = head.find(name, -1);
    if (first < 0) {
      return ABSENT;
    }
    if (head.find(name, first) >= 0 || policy.rewrite() != null) {
      return chained(policy, head, name);
    }
    return XxHash64.hash(head.bytes(), head.valueStart(first), head.valueLength(first), 0);
  }

  /** {@code :path}, {@code :authority} and {@code :method}, told apart by their second letter. */
  private static long pseudo(byte[] name, Head head) {
    return switch (name.length > 1 ? name[1] : 0) {
      case 'p' -> XxHash64.hash(head.bytes(), head.pathStart(), head.pathLength(), 0);
      case 'a' -> XxHash64.hash(head.bytes(), head.authorityStart(), head.authorityLength(), 0);
      case 'm' -> XxHash64.hash(head.bytes(), head.methodStart(), head.methodLength(), 0);
      default -> ABSENT;
    };
  }

  private static long chained(Header policy, Head head, byte[] name) {
    String[] values = new String[0];
    for (int at = head.find(name, -1); at >= 0; at = head.find(name, at)) {
      values = Arrays.copyOf(values, values.length + 1);
      String value = head.value(at);
      values[values.length - 1] =
          policy.rewrite() == null
              ? value
              : policy.rewrite().matcher(value).replaceAll(policy.substitution());
    }
    Arrays.sort(values);
    long hash = 0;
    for (String value : values) {
      byte[] bytes = Ascii.bytes(value);
      hash = XxHash64.hash(bytes, 0, bytes.length, hash);
    }
    return hash;
  }

  private static long cookie(
      Cookie policy, Head head, byte[] remote, byte[] local, PickContext context) {
    byte[] name = policy.name();
    for (int at = head.find(HeaderName.COOKIE);
        at >= 0;
        at = head.findNext(HeaderName.COOKIE, at)) {
      long slice = Cookies.find(head.bytes(), head.valueStart(at), head.valueLength(at), name);
      if (slice >= 0) {
        return XxHash64.hash(head.bytes(), (int) (slice >>> 32), (int) slice, 0);
      }
    }
    return policy.ttlSeconds() < 0 ? ABSENT : made(policy, remote, local, context);
  }

  /**
   * Makes a cookie up, unless chance is asked for: the hash of both addresses, so that one
   * connection keeps its endpoint.
   */
  private static long made(Cookie policy, byte[] remote, byte[] local, PickContext context) {
    long drawn = policy.byChance() ? context.draw() : ofAddresses(remote, local);
    String value = String.format(Locale.ROOT, "%016x", drawn);
    ByteSink cookie = new ByteSink(96);
    cookie.put(policy.name()).put("=\"").put(value).put('"');
    if (policy.ttlSeconds() > 0) {
      cookie.put("; Max-Age=").putDecimal(policy.ttlSeconds());
    }
    if (!policy.path().isEmpty()) {
      cookie.put("; Path=").put(policy.path());
    }
    cookie.put(policy.attributes()).put("; HttpOnly");
    context.setCookie(cookie.toByteArray());
    return XxHash64.hash(Ascii.bytes(value));
  }

  private static long ofAddresses(byte[] remote, byte[] local) {
    byte[] both = Arrays.copyOf(remote, remote.length + local.length);
    System.arraycopy(local, 0, both, remote.length, local.length);
    return XxHash64.hash(both);
  }

  private static long sourceIp(byte[] remote) {
    int length = AuthorityText.withoutPort(remote, 0, remote.length);
    boolean bracketed = length > 1 && remote[0] == '[';
    return length == 0
        ? ABSENT
        : XxHash64.hash(remote, bracketed ? 1 : 0, bracketed ? length - 2 : length, 0);
  }

  private static long query(QueryParameter policy, Head head) {
    long slice = QueryParameters.find(head, policy.name());
    return slice < 0 ? ABSENT : XxHash64.hash(head.bytes(), (int) (slice >>> 32), (int) slice, 0);
  }
}
