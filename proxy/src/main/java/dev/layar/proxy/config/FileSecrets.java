package dev.layar.proxy.config;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.layar.proxy.tls.KeyPairPem;
import dev.layar.proxy.tls.Secret;
import dev.layar.proxy.tls.SecretStore;
import dev.layar.proxy.tls.Validation;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Secrets that stand in files: {@code path_config_source}, and Istio's {@code file-cert:} and
 * {@code file-root:} names. Files are looked at again and again; a changed one that cannot be used
 * leaves what was there. Confined to the owner's lock.
 */
final class FileSecrets {
  private static final Logger LOG = LoggerFactory.getLogger(FileSecrets.class);
  private static final String PATH = "file:";
  private static final String CERTIFICATE = "file-cert:";
  private static final String ROOT = "file-root:";

  /** Files are replaced in steps (a key, then its certificate): what was read once is kept. */
  private final Map<String, List<FileTime>> read = new HashMap<>();

  private final SecretStore secrets;

  FileSecrets(SecretStore secrets) {
    this.secrets = secrets;
  }

  /** The name, in the store, of a secret in a file. */
  static String name(String path, String secret) {
    return PATH + path + "#" + secret;
  }

  /** Whether a name stands for files. */
  static boolean inFiles(String name) {
    return name.startsWith(PATH) || name.startsWith(CERTIFICATE) || name.startsWith(ROOT);
  }

  /** Reads what is new or has changed of these. */
  void look(Set<String> names) {
    for (String name : names) {
      if (inFiles(name)) {
        try {
          look(name);
        } catch (IOException e) {
          LOG.debug("secret {} cannot be read: {}", name, e.getMessage());
        }
      }
    }
  }

  private void look(String name) throws IOException {
    List<FileTime> times = new ArrayList<>();
    for (Path file : files(name)) {
      times.add(Files.getLastModifiedTime(file));
    }
    if (times.equals(read.get(name))) {
      return;
    }
    Secret secret = read(name);
    if (secret != null) {
      secrets.put(name, secret);
      read.put(name, times);
    }
  }

  private static List<Path> files(String name) {
    if (name.startsWith(CERTIFICATE)) {
      return List.of(certificateAndKey(name)).stream().map(Path::of).toList();
    }
    if (name.startsWith(ROOT)) {
      return List.of(Path.of(name.substring(ROOT.length())));
    }
    return List.of(Path.of(name.substring(PATH.length(), name.lastIndexOf('#'))));
  }

  private static String[] certificateAndKey(String name) {
    String[] both = name.substring(CERTIFICATE.length()).split("~", 2);
    return both.length == 2 ? both : new String[] {both[0], both[0]};
  }

  private static @Nullable Secret read(String name) throws IOException {
    List<Path> files = files(name);
    if (name.startsWith(CERTIFICATE)) {
      return new Secret.Certificate(
          new KeyPairPem(Files.readString(files.get(0)), Files.readString(files.get(1))));
    }
    if (name.startsWith(ROOT)) {
      return new Secret.Trust(
          new Validation(
              Files.readString(files.get(0)),
              Map.of(),
              List.of(),
              List.of(),
              List.of(),
              false,
              false));
    }
    return fromResponse(files.get(0), name.substring(name.lastIndexOf('#') + 1));
  }

  /** A {@code DiscoveryResponse} in YAML or JSON, as Envoy takes it from a path. */
  private static @Nullable Secret fromResponse(Path file, String wanted) throws IOException {
    BootstrapText text = BootstrapText.parse(Files.readString(file), file.toString());
    if (text.json() == null) {
      LOG.warn("{} is neither YAML nor JSON", file);
      return null;
    }
    DiscoveryResponse.Builder response = DiscoveryResponse.newBuilder();
    JsonFormat.parser().usingTypeRegistry(Extensions.types()).merge(text.json(), response);
    for (Any resource : response.getResourcesList()) {
      try {
        var secret =
            resource.unpack(io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret.class);
        if (secret.getName().equals(wanted)) {
          return usable(secret, file);
        }
      } catch (InvalidProtocolBufferException e) {
        LOG.warn("{} has a resource that is no secret", file);
      }
    }
    return null;
  }

  private static @Nullable Secret usable(
      io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret proto, Path file) {
    Problems problems = new Problems(file.toString());
    Secret secret = TlsReader.secret(proto, problems);
    problems.findings().forEach(finding -> LOG.warn("{}", finding.line()));
    return problems.refused() ? null : secret;
  }
}
