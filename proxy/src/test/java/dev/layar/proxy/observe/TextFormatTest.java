package dev.layar.proxy.observe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.proxy.http.Ascii;
import dev.layar.proxy.route.Heads;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TextFormatTest {
  private static final long START = Instant.parse("2026-11-21T00:10:04.123Z").toEpochMilli();

  private static StreamInfo stream() {
    StreamInfo info = new StreamInfo();
    info.startEpochMillis = START;
    info.startMicros = 456;
    info.startNanos = 1_000_000_000L;
    info.requestCompleteNanos = 1_001_000_000L;
    info.firstUpstreamRxNanos = 1_005_000_000L;
    info.endNanos = 1_007_900_000L;
    info.bytesReceived = 12;
    info.bytesSent = 345;
    info.protocol = StreamInfo.Protocol.HTTP_11;
    info.responseCode = 200;
    info.details = Ascii.bytes("via_upstream");
    info.request =
        Heads.request(
            "GET http://httpping:8080/ping?a=1",
            "user-agent: curl/8.5.0",
            "x-request-id: 0a1b",
            "x-forwarded-for: 10.0.0.3",
            "x-quote: say \"hi\"\\");
    info.response = Heads.response(200, "x-envoy-upstream-service-time: 4");
    info.upstreamAddress = Ascii.bytes("10.1.2.3:80");
    info.clusterName = Ascii.bytes("outbound|8080|v1|httpping.infra.svc.cluster.local");
    info.upstreamLocalAddress = Ascii.bytes("10.0.0.2:41234");
    info.downstreamLocalAddress = Ascii.bytes("10.96.0.7:8080");
    info.downstreamRemoteAddress = Ascii.bytes("10.0.0.2:51000");
    info.routeName = Ascii.bytes("default");
    info.attempts = 1;
    info.provenance = new Provenance("VirtualService", "infra", "httpping", "0", "1");
    return info;
  }

  private static String text(String format, StreamInfo info) {
    List<String> problems = new ArrayList<>();
    TextFormat compiled = TextFormat.text(format, false, problems::add);
    assertThat(problems).isEmpty();
    ByteSink out = new ByteSink(4);
    compiled.append(info, out);
    return out.toString();
  }

  @Test
  void istiosDefaultLine() {
    assertThat(text(AccessLogFormat.ISTIO_DEFAULT, stream()))
        .isEqualTo(
            "[2026-11-21T00:10:04.123Z] \"GET /ping?a=1 HTTP/1.1\" 200 - via_upstream - \"-\" 12"
                + " 345 7 4 \"10.0.0.3\" \"curl/8.5.0\" \"0a1b\" \"httpping:8080\" \"10.1.2.3:80\""
                + " outbound|8080|v1|httpping.infra.svc.cluster.local 10.0.0.2:41234 10.96.0.7:8080"
                + " 10.0.0.2:51000 - default");
  }

  @Test
  void istiosDefaultLineOfAStreamThatWentNowhere() {
    StreamInfo info = new StreamInfo();
    info.startEpochMillis = START;
    info.startNanos = 0;
    info.endNanos = 0;
    info.flag(ResponseFlags.UPSTREAM_CONNECTION_FAILURE);
    info.flag(ResponseFlags.UPSTREAM_RETRY_LIMIT_EXCEEDED);
    assertThat(text(AccessLogFormat.ISTIO_DEFAULT, info))
        .isEqualTo(
            "[2026-11-21T00:10:04.123Z] \"- - -\" 0 UF,URX - - \"-\" 0 0 0 - \"-\" \"-\" \"-\""
                + " \"-\" \"-\" - - - - - -");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% | /ping?a=1",
        "%REQ(:PATH):5% | /ping",
        "%REQ_WITHOUT_QUERY(:PATH)% | /ping",
        "%REQ(nope)% | -",
        "100%% | 100%",
        "%RESP(x-envoy-upstream-service-time)% | 4",
        "%RESP(:STATUS)% | 200",
        "%REQUEST_DURATION% | 1",
        "%RESPONSE_DURATION% | 5",
        "%RESPONSE_TX_DURATION% | 2",
        "%REQUEST_TX_DURATION% | -",
        "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT% | 10.0.0.2",
        "%DOWNSTREAM_REMOTE_PORT% | 51000",
        "%UPSTREAM_REQUEST_ATTEMPT_COUNT% | 1",
        "%UPSTREAM_CLUSTER% | 'outbound|8080|v1|httpping.infra.svc.cluster.local'",
        "%DYNAMIC_METADATA(a:b)% | -",
        "%LAYAR_RULE% | VirtualService/infra/httpping/0",
        "%START_TIME(%s.%3f)% | 1795219804.123",
        "%START_TIME(%Y/%m/%d %H:%M:%S.%6f %Z)% | 2026/11/21 00:10:04.123456 UTC",
        "%START_TIME(%F %T)% | 2026-11-21 00:10:04"
      })
  void operators(String format, String expected) {
    assertThat(text(format, stream())).isEqualTo(expected);
  }

  @Test
  void theCalendarIsRight() {
    DateTimeFormatter expected =
        DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);
    StreamInfo info = new StreamInfo();
    for (long day = -800; day < 60_000; day++) {
      info.startEpochMillis = day * 86_400_000 + (day * 7919 + 13) % 86_400_000;
      assertThat(text("%START_TIME%", info))
          .isEqualTo(expected.format(Instant.ofEpochMilli(info.startEpochMillis)));
    }
  }

  @Test
  void absentValuesAreNothingWhenToldSo() {
    TextFormat format = TextFormat.text("[%REQ(nope)%]", true, problem -> {});
    ByteSink out = new ByteSink(4);
    format.append(stream(), out);
    assertThat(out.toString()).isEqualTo("[]");
  }

  @ParameterizedTest
  @CsvSource({
    "%NOPE%, NOPE",
    "%REQ(a, closing",
    "%REQ%, header name",
    "%DURATION:x%, DURATION",
    "%START_TIME(%Q)%, Q"
  })
  void badFormatsAreReported(String format, String part) {
    List<String> problems = new ArrayList<>();
    TextFormat.text(format, false, problems::add);
    assertThat(problems).isNotEmpty();
    assertThat(problems.toString()).contains(part);
  }

  @Test
  void jsonKeysAreSortedAndNumbersStayNumbers() {
    List<String> problems = new ArrayList<>();
    TextFormat format =
        TextFormat.json(
            Map.of(
                "status", "%RESPONSE_CODE%",
                "method", "%REQ(:METHOD)%",
                "quote", "%REQ(x-quote)%",
                "none", "%REQ(nope)%",
                "both", "%PROTOCOL% %RESPONSE_FLAGS%"),
            false,
            problems::add);
    assertThat(problems).isEmpty();
    ByteSink out = new ByteSink(4);
    format.append(stream(), out);
    assertThat(out.toString())
        .isEqualTo(
            "{\"both\":\"HTTP/1.1 -\",\"method\":\"GET\",\"none\":null,"
                + "\"quote\":\"say \\\"hi\\\"\\\\\",\"status\":200}\n");
  }

  @Test
  void flagsAreInEnvoysOrder() {
    assertThat(ResponseFlags.text(-1L >>> 34))
        .isEqualTo(
            "LH,UH,UT,LR,UR,UF,UC,UO,NR,DI,FI,RL,UAEX,RLSE,DC,URX,SI,IH,DPE,UMSDR,RFCF,NFCF,DT,UPE,"
                + "NC,OM,DF,DO,DR,UDO");
    assertThat(ResponseFlags.of("NR")).isEqualTo(ResponseFlags.NO_ROUTE_FOUND);
    assertThat(ResponseFlags.of("XX")).isZero();
  }
}
