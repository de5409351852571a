package dev.layar.proxy.filter.rbac;

import com.google.re2j.Pattern;
import dev.layar.proxy.http.Ascii;
import dev.layar.proxy.http.Head;
import dev.layar.proxy.observe.CertificateFacts;
import dev.layar.proxy.observe.DynamicMetadata;
import dev.layar.proxy.observe.StreamInfo;
import dev.layar.proxy.observe.TlsFacts;
import dev.layar.proxy.route.BytesMatcher;
import dev.layar.proxy.route.HeaderMatcher;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A permission or a principal ({@code Envoy config.rbac.v3.Permission}, {@code Principal}): a
 * condition on a request and on the connection that it came by. Immutable; reads the head's bytes
 * where they lie. For a connection without requests the head is empty.
 */
public sealed interface Condition {
  boolean matches(Head request, StreamInfo info);

  /** {@code any}. */
  record Anything() implements Condition {
    @Override
    public boolean matches(Head request, StreamInfo info) {
      return true;
    }
  }

  /** {@code and_rules}, {@code and_ids}. */
  record All(List<Condition> parts) implements Condition {
    public All {
      parts = List.copyOf(parts);
    }

    @Override
    public boolean matches(Head request, StreamInfo info) {
      for (int i = 0; i < parts.size(); i++) {
        if (!parts.get(i).matches(request, info)) {
          return false;
        }
      }
      return true;
    }
  }

  /** {@code or_rules}, {@code or_ids}. */
  record Any(List<Condition> parts) implements Condition {
    public Any {
      parts = List.copyOf(parts);
    }

    @Override
    public boolean matches(Head request, StreamInfo info) {
      for (int i = 0; i < parts.size(); i++) {
        if (parts.get(i).matches(request, info)) {
          return true;
        }
      }
      return false;
    }
  }

  /** {@code not_rule}, {@code not_id}. */
  record Not(Condition part) implements Condition {
    @Override
    public boolean matches(Head request, StreamInfo info) {
      return !part.matches(request, info);
    }
  }

  /** {@code header}. */
  record Header(HeaderMatcher matcher) implements Condition {
    @Override
    public boolean matches(Head request, StreamInfo info) {
      return matcher.matches(request);
    }
  }

  /** {@code url_path}: without query and fragment. */
  record Path(BytesMatcher matcher) implements Condition {
    @Override
    public boolean matches(Head request, StreamInfo info) {
      return matcher.matches(request.bytes(), request.pathStart(), request.pathOnlyLength());
    }
  }

  /** {@code uri_template}. */
  record Template(Pattern pattern) implements Condition {
    @Override
    public boolean matches(Head request, StreamInfo info) {
      return pattern.matches(
          Ascii.string(request.bytes(), request.pathStart(), request.pathOnlyLength()));
    }
  }

  /** Which address of a connection. */
  enum End {
    LOCAL,
    /** The socket's peer. */
    DIRECT,
    /** The client, where the listener trusts what is said of it. */
    REMOTE
  }

  /** {@code destination_ip}, {@code direct_remote_ip}, {@code remote_ip}, {@code source_ip}. */
  record Address(End end, AddressRange range) implements Condition {
    @Override
    public boolean matches(Head request, StreamInfo info) {
      byte[] address =
          switch (end) {
            case LOCAL -> info.downstreamLocalAddress;
            case DIRECT -> info.downstreamDirectRemoteAddress;
            case REMOTE -> info.downstreamRemoteAddress;
          };
      return address != null && range.contains(address);
    }
  }

  /** {@code destination_port}, {@code destination_port_range}: {@code [from, to)}. */
  record Port(int from, int to) implements Condition {
    @Override
    public boolean matches(Head request, StreamInfo info) {
      byte[] address = info.downstreamLocalAddress;
      if (address == null) {
        return false;
      }
      int colon = address.length - 1;
      while (colon >= 0 && address[colon] != ':') {
        colon--;
      }
      long port = Ascii.parseLong(address, colon + 1, address.length - colon - 1);
      return port >= from && port < to;
    }
  }

  /** {@code requested_server_name}: SNI, empty without. */
  record ServerName(BytesMatcher matcher) implements Condition {
    private static final byte[] NONE = new byte[0];

    @Override
    public boolean matches(Head request, StreamInfo info) {
      byte[] name = info.requestedServerName == null ? NONE : info.requestedServerName;
      return matcher.matches(name, 0, name.length);
    }
  }

  /**
   * {@code authenticated}: a name of the peer's certificate; URIs are asked first, then DNS names,
   * then the subject.
   *
   * @param matcher null for any connection by TLS
   */
  record Authenticated(@Nullable BytesMatcher matcher) implements Condition {
    @Override
    public boolean matches(Head request, StreamInfo info) {
      TlsFacts tls = info.downstreamTls;
      if (tls == null || matcher == null) {
        return tls != null;
      }
      CertificateFacts peer = tls.peer();
      return peer != null
          && (any(peer.uris(), matcher)
              || any(peer.dnsNames(), matcher)
              || text(peer.subject(), matcher));
    }

    static boolean any(List<String> names, BytesMatcher matcher) {
      for (int i = 0; i < names.size(); i++) {
        if (text(names.get(i), matcher)) {
          return true;
        }
      }
      return false;
    }

    private static boolean text(String name, BytesMatcher matcher) {
      byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
      return matcher.matches(bytes, 0, bytes.length);
    }
  }

  /** {@code filter_state} of {@code io.istio.peer_principal}: the peer's identity in the mesh. */
  record PeerPrincipal(BytesMatcher matcher) implements Condition {
    @Override
    public boolean matches(Head request, StreamInfo info) {
      TlsFacts tls = info.downstreamTls;
      return tls != null
          && tls.verified()
          && tls.peer() != null
          && Authenticated.any(tls.peer().uris(), matcher);
    }
  }

  /** {@code metadata}. */
  record Metadata(String filter, List<String> path, ValueCondition value, boolean invert)
      implements Condition {
    public Metadata {
      path = List.copyOf(path);
    }

    @Override
    public boolean matches(Head request, StreamInfo info) {
      DynamicMetadata metadata = info.metadata;
      Object found = metadata == null ? null : metadata.find(filter, path);
      return value.matches(found) != invert;
    }
  }
}
