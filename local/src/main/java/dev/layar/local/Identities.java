package dev.layar.local;

import dev.layar.base.Result;
import dev.layar.controlplane.Certificates;
import dev.layar.controlplane.ca.CaOptions;
import dev.layar.controlplane.ca.CaStore;
import dev.layar.controlplane.ca.CallerVerifier;
import dev.layar.controlplane.ca.CertificateAuthority;
import dev.layar.controlplane.ca.Pem;
import dev.layar.controlplane.ca.ServerIdentity;
import dev.layar.controlplane.ca.SpiffeId;
import dev.layar.proxy.ads.IdentityOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who the workloads of this machine are: the mesh's certificate authority, and a token for each
 * workload with which its proxy asks for a certificate, as a pod's projected token is. Thread-safe.
 */
final class Identities {
  private static final Logger LOG = LoggerFactory.getLogger(Identities.class);
  private static final String TRUST_DOMAIN = "cluster.local";
  private static final String NAMESPACE = "istio-system";
  private static final String ACCOUNT = "istiod";
  private static final String SERVER_NAME = "istiod.istio-system.svc";
  private static final int TOKEN_BYTES = 32;
  private static final Duration LIFETIME = Duration.ofHours(24);
  private static final Duration FIRST_RETRY = Duration.ofMillis(50);
  private static final Duration MAX_RETRY = Duration.ofSeconds(2);

  private final CertificateAuthority authority;
  private final Path directory;
  private final Map<String, SpiffeId> tokens = new ConcurrentHashMap<>();
  private final SecureRandom random = new SecureRandom();

  private Identities(CertificateAuthority authority, Path directory) {
    this.authority = authority;
    this.directory = directory;
  }

  /**
   * With a root that stays where objects stay.
   *
   * @throws IOException when the kept root cannot be used
   */
  static Identities open(LocalOptions options, InstantSource clock) throws IOException {
    Path home = options.stateDirectory();
    return new Identities(authority(options, clock), home.resolve("tokens"));
  }

  private static CertificateAuthority authority(LocalOptions options, InstantSource clock)
      throws IOException {
    if (!options.keeping()) {
      return CertificateAuthority.selfSigned(TRUST_DOMAIN, CaOptions.defaults(), clock);
    }
    Path kept = options.stateDirectory().resolve("ca");
    return switch (CaStore.open(kept, TRUST_DOMAIN, CaOptions.defaults(), clock)) {
      case Result.Ok<CertificateAuthority>(CertificateAuthority authority, var _) -> authority;
      case Result.Rejected<CertificateAuthority>(var findings) ->
          throw new IOException(findings.getFirst().line());
    };
  }

  /** What the control plane serves certificates with. */
  Certificates certificates(InstantSource clock) {
    ServerIdentity own =
        new ServerIdentity(
            authority,
            new SpiffeId(TRUST_DOMAIN, NAMESPACE, ACCOUNT),
            List.of(SERVER_NAME),
            LIFETIME,
            clock);
    return new Certificates(
        authority,
        CallerVerifier.of(token -> Optional.ofNullable(tokens.get(token))),
        own,
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  }

  /**
   * A workload's identity, until it is closed.
   *
   * @param options with which its proxy asks for certificates
   */
  record Identity(IdentityOptions options, Runnable forget) {}

  /**
   * Makes a workload known.
   *
   * @param workload its name among all, a node id for example
   * @param server the certificate service
   */
  Identity of(String workload, String namespace, String account, InetSocketAddress server)
      throws IOException {
    SpiffeId id = new SpiffeId(authority.trustDomain(), namespace, account);
    byte[] bytes = new byte[TOKEN_BYTES];
    random.nextBytes(bytes);
    String token = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    Path file = write(workload, token);
    tokens.put(token, id);
    IdentityOptions options =
        IdentityOptions.of(server, id.uri())
            .withServerRoots(Pem.of(authority.roots()), SERVER_NAME)
            .withToken(file)
            .withTimes(LIFETIME, FIRST_RETRY, MAX_RETRY);
    return new Identity(
        options,
        () -> {
          tokens.remove(token);
          delete(file);
        });
  }

  private Path write(String workload, String token) throws IOException {
    Files.createDirectories(directory);
    boolean posix = FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
    FileAttribute<?>[] ownerOnly =
        posix
            ? new FileAttribute<?>[] {
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
            }
            : new FileAttribute<?>[0];
    // A pod's name alone may be as long as a file's.
    String name = UUID.nameUUIDFromBytes(workload.getBytes(StandardCharsets.UTF_8)).toString();
    Path file = directory.resolve(name);
    Files.deleteIfExists(file);
    Files.createFile(file, ownerOnly);
    Files.writeString(file, token, StandardCharsets.US_ASCII);
    return file;
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      LOG.warn("cannot delete a token that is void: {}", e.getMessage());
    }
  }
}
