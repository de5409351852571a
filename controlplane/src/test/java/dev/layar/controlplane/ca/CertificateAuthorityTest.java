package dev.layar.controlplane.ca;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.base.Result;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CertificateAuthorityTest {
  private static final SpiffeId REVIEWS = new SpiffeId("cluster.local", "default", "reviews");
  private static final Duration OVERLAP = Duration.ofHours(1);

  private Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private final CertificateAuthority authority =
      CertificateAuthority.selfSigned("cluster.local", CaOptions.defaults(), () -> now);

  @TempDir Path directory;

  @Test
  void aLeafNamesTheWorkloadAndLeadsToTheRoot() throws Exception {
    List<X509Certificate> chain = signed(Duration.ofHours(1));
    X509Certificate leaf = chain.getFirst();
    assertThat(SpiffeId.of(leaf)).contains(REVIEWS);
    assertThat(leaf.getCriticalExtensionOIDs()).contains("2.5.29.17");
    assertThat(leaf.getBasicConstraints()).isEqualTo(-1);
    assertThat(leaf.getNotAfter()).isEqualTo(Date.from(now.plus(Duration.ofHours(1))));
    assertThat(chain.getLast()).isEqualTo(authority.roots().getFirst());
    verify(leaf, authority.roots());
  }

  @Test
  void withoutATimeADayIsGiven() throws Exception {
    assertThat(signed(Duration.ZERO).getFirst().getNotAfter())
        .isEqualTo(Date.from(now.plus(Duration.ofDays(1))));
  }

  @Test
  void tooLongATimeIsRefused() throws Exception {
    assertThat(authority.sign(Csr.of(Csr.ec()), REVIEWS, Duration.ofDays(91)))
        .isInstanceOf(Result.Rejected.class);
  }

  @Test
  void noCertificateOutlivesItsSigner() throws Exception {
    CaOptions brief = new CaOptions(Duration.ofHours(24), Duration.ofDays(90), Duration.ofHours(2));
    CertificateAuthority brittle =
        CertificateAuthority.selfSigned("cluster.local", brief, () -> now);
    assertThat(chain(brittle, Duration.ofHours(24)).getFirst().getNotAfter())
        .isEqualTo(Date.from(now.plus(Duration.ofHours(2))));
  }

  @Test
  void anotherTrustDomainIsRefused() throws Exception {
    SpiffeId stranger = new SpiffeId("elsewhere", "default", "reviews");
    assertThat(authority.sign(Csr.of(Csr.ec()), stranger, Duration.ZERO))
        .isInstanceOf(Result.Rejected.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "nonsense",
        "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n"
      })
  void whatIsNoRequestIsRefused(String csr) {
    assertThat(authority.sign(csr, REVIEWS, Duration.ZERO)).isInstanceOf(Result.Rejected.class);
  }

  @Test
  void aWeakKeyIsRefused() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(1024);
    assertThat(authority.sign(Csr.of(generator.generateKeyPair()), REVIEWS, Duration.ZERO))
        .isInstanceOf(Result.Rejected.class);
  }

  @Test
  void aRequestSignedByAnotherKeyIsRefused() throws Exception {
    assertThat(authority.sign(Csr.of(Csr.ec(), Csr.ec()), REVIEWS, Duration.ZERO))
        .isInstanceOf(Result.Rejected.class);
  }

  @Test
  void aNewRootIsTrustedBeforeItSignsAndTheOldOneAsLongAsAnythingOfItLives() throws Exception {
    X509Certificate old = authority.roots().getFirst();
    List<X509Certificate> trustedBefore = authority.roots();
    authority.rotate(OVERLAP);

    assertThat(authority.roots()).hasSize(2).startsWith(old);
    assertThat(signed(Duration.ZERO).getLast()).isEqualTo(old);
    verify(signed(Duration.ZERO).getFirst(), trustedBefore);

    List<X509Certificate> trustedDuring = authority.roots();
    now = now.plus(OVERLAP);
    X509Certificate fresh = signed(Duration.ZERO).getFirst();
    assertThat(signed(Duration.ZERO).getLast()).isNotEqualTo(old);
    verify(fresh, trustedDuring);
    assertThat(authority.roots()).contains(old);

    now = now.plus(CaOptions.defaults().maxTtl()).plusSeconds(1);
    assertThat(authority.roots()).hasSize(1).doesNotContain(old);
  }

  @Test
  void aDirectoryKeepsTheRootsForItsOwnerAlone() throws Exception {
    Path home = directory.resolve("ca");
    CertificateAuthority made = opened(home);
    made.rotate(OVERLAP);
    CaStore.save(made, home);
    CertificateAuthority again = opened(home);
    assertThat(again.roots()).isEqualTo(made.roots());
    verify(chain(again, Duration.ZERO).getFirst(), made.roots());
    try (var files = Files.list(home)) {
      List<Path> written = files.toList();
      assertThat(written).hasSize(2);
      for (Path file : written) {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
            .isEqualTo("rw-------");
      }
    }
  }

  @Test
  void suppliedCertificatesAreUsedAsIstiosSecretNamesThem() throws Exception {
    CertificateAuthority outside =
        CertificateAuthority.selfSigned("corp", CaOptions.defaults(), () -> now);
    Signer root = outside.signers().getFirst();
    Files.writeString(directory.resolve("ca-cert.pem"), Pem.of(root.chain()));
    Files.writeString(directory.resolve("root-cert.pem"), Pem.of(root.chain()));
    Path key = Files.writeString(directory.resolve("ca-key.pem"), Pem.of(root.key()));
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r--r--"));
    Result<CertificateAuthority> result =
        CaStore.open(directory, "cluster.local", CaOptions.defaults(), () -> now);
    assertThat(result.findings()).extracting(f -> f.code()).containsExactly("LYR0922");
    CertificateAuthority supplied = ((Result.Ok<CertificateAuthority>) result).value();
    verify(chain(supplied, Duration.ZERO).getFirst(), outside.roots());
  }

  @Test
  void aKeyThatIsNotTheCertificatesIsRefused() throws Exception {
    Files.writeString(directory.resolve("ca-cert.pem"), Pem.of(authority.roots()));
    Files.writeString(directory.resolve("root-cert.pem"), Pem.of(authority.roots()));
    Files.writeString(directory.resolve("ca-key.pem"), Pem.of(Csr.ec().getPrivate()));
    Result<CertificateAuthority> result =
        CaStore.open(directory, "cluster.local", CaOptions.defaults(), () -> now);
    assertThat(result).isInstanceOf(Result.Rejected.class);
    assertThat(result.findings().getFirst().message()).contains("ca-key.pem is not the key");
  }

  @Test
  void noTextShowsAKeyOrAToken() {
    Signer signer = authority.signers().getFirst();
    assertThat(signer.toString()).doesNotContain("PRIVATE").doesNotContain("key");
    assertThat(new Caller("secret", java.util.Optional.empty()).toString())
        .doesNotContain("secret");
  }

  private CertificateAuthority opened(Path home) {
    return ((Result.Ok<CertificateAuthority>)
            CaStore.open(home, "cluster.local", CaOptions.defaults(), () -> now))
        .value();
  }

  private List<X509Certificate> signed(Duration ttl) throws Exception {
    return chain(authority, ttl);
  }

  private static List<X509Certificate> chain(CertificateAuthority by, Duration ttl)
      throws Exception {
    KeyPair pair = Csr.ec();
    return ((Result.Ok<List<X509Certificate>>) by.sign(Csr.of(pair), REVIEWS, ttl)).value();
  }

  private void verify(X509Certificate leaf, List<X509Certificate> roots) throws Exception {
    Set<TrustAnchor> anchors =
        roots.stream().map(root -> new TrustAnchor(root, null)).collect(Collectors.toSet());
    PKIXParameters parameters = new PKIXParameters(anchors);
    parameters.setRevocationEnabled(false);
    parameters.setDate(Date.from(now));
    CertPathValidator.getInstance("PKIX")
        .validate(
            CertificateFactory.getInstance("X.509").generateCertPath(List.of(leaf)), parameters);
  }
}
