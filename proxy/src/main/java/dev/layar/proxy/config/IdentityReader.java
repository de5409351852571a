package dev.layar.proxy.config;

import com.google.protobuf.Struct;
import dev.layar.proxy.ads.IdentityOptions;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code node.metadata.LAYAR_IDENTITY} → {@link IdentityOptions}: {@code address} and {@code uri},
 * and where they are needed {@code roots_file}, {@code server_name} and {@code token_file}. Layar's
 * own: beside a proxy of Istio's, its agent does this.
 */
final class IdentityReader {
  private static final String KEY = "LAYAR_IDENTITY";

  private IdentityReader() {}

  static @Nullable IdentityOptions read(Struct metadata, Problems problems) {
    if (!metadata.containsFields(KEY)) {
      return null;
    }
    String path = "node.metadata." + KEY;
    Map<String, String> values = Metadatas.texts(metadata.getFieldsOrThrow(KEY).getStructValue());
    String uri = values.getOrDefault("uri", "");
    if (!uri.startsWith("spiffe://")) {
      problems.invalid(path + ".uri", "not an identity", uri, "spiffe://DOMAIN/ns/NS/sa/ACCOUNT");
    }
    InetSocketAddress server = address(values.getOrDefault("address", ""), path, problems);
    String roots = roots(values.get("roots_file"), path, problems);
    if (problems.refused() || server == null) {
      return null;
    }
    IdentityOptions options = IdentityOptions.of(server, uri);
    if (roots != null) {
      options = options.withServerRoots(roots, values.get("server_name"));
    }
    String token = values.get("token_file");
    return token == null ? options : options.withToken(Path.of(token));
  }

  private static @Nullable InetSocketAddress address(String text, String path, Problems problems) {
    int colon = text.lastIndexOf(':');
    if (colon > 0 && text.substring(colon + 1).matches("[0-9]{1,5}")) {
      return new InetSocketAddress(
          text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
    }
    problems.invalid(path + ".address", "not an address", text, "host:port");
    return null;
  }

  private static @Nullable String roots(@Nullable String file, String path, Problems problems) {
    try {
      return file == null ? null : Files.readString(Path.of(file));
    } catch (IOException e) {
      problems.invalid(
          path + ".roots_file", "the file cannot be read", file, "certificates in PEM form");
      return null;
    }
  }
}
