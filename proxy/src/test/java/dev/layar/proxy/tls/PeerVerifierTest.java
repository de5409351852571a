package dev.layar.proxy.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.re2j.Pattern;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which certificates are believed, and in which words the others are refused. */
class PeerVerifierTest {
  private final TestCa ca = TestCa.named("mesh");

  private static Validation by(TestCa ca, SanMatcher... sans) {
    return new Validation(
        ca.rootPem(), Map.of(), List.of(sans), List.of(), List.of(), false, false);
  }

  private static void check(Validation validation, X509Certificate... chain) throws Exception {
    new PeerVerifier(validation, InstantSource.system()).checkClientTrusted(chain, "EC");
  }

  private static SanMatcher.Text text(String kind, String value) {
    return switch (kind) {
      case "exact" -> new SanMatcher.Exact(value);
      case "prefix" -> new SanMatcher.Prefix(value);
      case "suffix" -> new SanMatcher.Suffix(value);
      case "contains" -> new SanMatcher.Contains(value);
      default -> new SanMatcher.Regex(value, Pattern.compile(value));
    };
  }

  @ParameterizedTest
  @CsvSource({
    "URI, exact, spiffe://td/ns/a/sa/b, true",
    "URI, exact, spiffe://td/ns/a/sa, false",
    "URI, prefix, spiffe://td/, true",
    "URI, prefix, spiffe://other/, false",
    "URI, suffix, /sa/b, true",
    "URI, contains, /ns/a/, true",
    "URI, regex, spiffe://[a-z]+/ns/a/sa/.*, true",
    "URI, regex, spiffe://td, false",
    "DNS, exact, x.web.test, true",
    "DNS, exact, x.y.web.test, false",
    "DNS, exact, spiffe://td/ns/a/sa/b, false",
    "IP, exact, 10.1.2.3, true",
    "ANY, exact, 10.1.2.3, true"
  })
  void namesAreMatchedByKind(SanMatcher.Type type, String kind, String value, boolean good)
      throws Exception {
    X509Certificate leaf = ca.leaf("spiffe://td/ns/a/sa/b", "*.web.test", "10.1.2.3").certificate();
    Validation validation = by(ca, new SanMatcher(type, text(kind, value)));
    if (good) {
      check(validation, leaf);
    } else {
      assertThatThrownBy(() -> check(validation, leaf)).hasMessageContaining("SAN matcher");
    }
  }

  @Test
  void oneMatchingNameIsEnough() throws Exception {
    check(
        by(
            ca,
            new SanMatcher(SanMatcher.Type.URI, new SanMatcher.Exact("spiffe://td/x")),
            new SanMatcher(SanMatcher.Type.DNS, new SanMatcher.Exact("a.test"))),
        ca.leaf("a.test").certificate());
  }

  @Test
  void timesAreLookedAtUnlessTheyNeedNot() throws Exception {
    X509Certificate expired = ca.leaf(Duration.ofMinutes(-1), "a.test").certificate();
    assertThatThrownBy(() -> check(by(ca), expired)).hasMessageContaining("has expired");
    X509Certificate early = ca.leaf(Duration.ofDays(30), "a.test").certificate();
    InstantSource past = InstantSource.fixed(Instant.now().minus(Duration.ofDays(300)));
    assertThatThrownBy(
            () ->
                new PeerVerifier(by(ca), past)
                    .checkServerTrusted(new X509Certificate[] {early}, "EC"))
        .hasMessageContaining("not yet valid");
  }

  @Test
  void theRootMayComeAlong() throws Exception {
    check(by(ca), ca.leaf("a.test").certificate(), ca.root());
  }

  @Test
  void theTrustDomainChoosesItsRoots() throws Exception {
    TestCa other = TestCa.named("other");
    Validation bundles =
        new Validation(
            "",
            Map.of("one", ca.rootPem(), "two", other.rootPem()),
            List.of(),
            List.of(),
            List.of(),
            false,
            false);
    check(bundles, ca.leaf("spiffe://one/ns/a/sa/b").certificate());
    check(bundles, other.leaf("spiffe://two/ns/a/sa/b").certificate());
    assertThatThrownBy(() -> check(bundles, ca.leaf("spiffe://two/ns/a/sa/b").certificate()))
        .isInstanceOf(PeerRefused.class);
    assertThatThrownBy(() -> check(bundles, ca.leaf("spiffe://three/x").certificate()))
        .hasMessageContaining("no trust bundle");
  }

  @Test
  void pinsAreEnoughByThemselvesAndNotEnoughWhenTheyDiffer() throws Exception {
    X509Certificate leaf = ca.leaf("a.test").certificate();
    MessageDigest sha = MessageDigest.getInstance("SHA-256");
    String hash = HexFormat.of().formatHex(sha.digest(leaf.getEncoded()));
    String spki = Base64.getEncoder().encodeToString(sha.digest(leaf.getPublicKey().getEncoded()));
    check(pinned(List.of(hash), List.of()), leaf);
    check(pinned(List.of(), List.of(spki)), leaf);
    assertThatThrownBy(() -> check(pinned(List.of("0".repeat(64)), List.of()), leaf))
        .hasMessageContaining("hash does not match");
  }

  private static Validation pinned(List<String> hashes, List<String> spkis) {
    return new Validation("", Map.of(), List.of(), hashes, spkis, false, false);
  }

  @Test
  void untrustedMayBeAccepted() throws Exception {
    Validation lenient =
        new Validation(ca.rootPem(), Map.of(), List.of(), List.of(), List.of(), true, false);
    check(lenient, TestCa.named("other").leaf("a.test").certificate());
  }

  @Test
  void aSecretIsMergedOverTheDefault() {
    SanMatcher san = new SanMatcher(SanMatcher.Type.DNS, new SanMatcher.Exact("a.test"));
    Validation merged =
        new Validation("", Map.of(), List.of(san), List.of(), List.of(), false, false)
            .merge(by(ca));
    assertThat(merged).isEqualTo(by(ca, san));
    assertThat(merged.verifies()).isTrue();
  }
}
