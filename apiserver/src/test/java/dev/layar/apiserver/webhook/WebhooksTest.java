package dev.layar.apiserver.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.layar.apiserver.Api;
import dev.layar.apiserver.ObjectRef;
import dev.layar.apiserver.Pods;
import dev.layar.apiserver.ResourceType;
import dev.layar.apiserver.StatusException;
import dev.layar.apiserver.WriteOptions;
import dev.layar.apiserver.Written;
import dev.layar.apiserver.auth.Credentials;
import dev.layar.apiserver.json.Json;
import dev.layar.apiserver.store.ObjectApi;
import dev.layar.apiserver.store.StoreOptions;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Webhooks over real HTTPS. */
class WebhooksTest {
  private static final String ALLOW = "\"allowed\":true";

  @TempDir Path directory;
  private final List<JsonNode> requests = new CopyOnWriteArrayList<>();
  private Function<JsonNode, String> answer = _ -> ALLOW;
  private HttpsServer server;
  private Credentials credentials;
  private Api api;

  @BeforeEach
  void start() throws Exception {
    credentials = Credentials.in(directory, InstantSource.system());
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(tls()));
    server.createContext(
        "/",
        exchange -> {
          JsonNode request = Json.read(exchange.getRequestBody().readAllBytes()).path("request");
          requests.add(request);
          byte[] body =
              ("{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\","
                      + "\"response\":{\"uid\":\""
                      + request.path("uid").asString("")
                      + "\","
                      + answer.apply(request)
                      + "}}")
                  .getBytes(StandardCharsets.UTF_8);
          // Chunked for one half of the requests, so that both framings are read.
          exchange.sendResponseHeaders(200, requests.size() % 2 == 0 ? 0 : body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    Webhooks webhooks = new Webhooks();
    api =
        ObjectApi.open(
            StoreOptions.inMemory().with(List.of(webhooks.mutating(), webhooks.validating())));
    webhooks.attach(api, pods());
  }

  @AfterEach
  void stop() {
    server.stop(0);
    api.close();
  }

  private SSLContext tls() throws Exception {
    Credentials.Identity identity = credentials.server(List.of("127.0.0.1", "hook.ops.svc"));
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    store.setKeyEntry(
        "server", identity.key(), new char[0], new Certificate[] {identity.certificate()});
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, new char[0]);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    return context;
  }

  /** Every pod's port is the webhook. */
  private Pods pods() {
    return (Pods)
        Proxy.newProxyInstance(
            Pods.class.getClassLoader(),
            new Class<?>[] {Pods.class},
            (_, method, _) -> {
              assertThat(method.getName()).isEqualTo("address");
              return server.getAddress();
            });
  }

  private ResourceType type(String group, String plural) {
    return Objects.requireNonNull(api.type(group, plural), plural);
  }

  private void configure(String kind, String clientConfig, String more) {
    String plural = kind.toLowerCase(java.util.Locale.ROOT) + "webhookconfigurations";
    String ca =
        Base64.getEncoder().encodeToString(credentials.caPem().getBytes(StandardCharsets.UTF_8));
    String json =
        """
        {"metadata":{"name":"hook"},"webhooks":[{"name":"hook.example.com",
          "clientConfig":{%s,"caBundle":"%s"},"sideEffects":"None","admissionReviewVersions":["v1"],
          "rules":[{"operations":["CREATE"],"apiGroups":[""],"apiVersions":["v1"],
            "resources":["configmaps"]}]%s}]}
        """
            .formatted(clientConfig, ca, more);
    api.create(
        type("admissionregistration.k8s.io", plural),
        "v1",
        "",
        Json.read(json.getBytes(StandardCharsets.UTF_8)),
        WriteOptions.system("test"));
  }

  private String url() {
    return "\"url\":\"https://127.0.0.1:" + server.getAddress().getPort() + "/check?a=b\"";
  }

  private Written create(String name) {
    String json =
        "{\"metadata\":{\"name\":\""
            + name
            + "\",\"labels\":{\"a\":\"b\"}},\"data\":{\"k\":\"v\"}}";
    return api.create(
        type("", "configmaps"),
        "v1",
        "default",
        Json.read(json.getBytes(StandardCharsets.UTF_8)),
        WriteOptions.system("test"));
  }

  @Test
  void changesAnObjectByAPatch() {
    configure("Mutating", url(), "");
    String patch = "[{\"op\":\"add\",\"path\":\"/data/added\",\"value\":\"yes\"}]";
    answer =
        _ ->
            ALLOW
                + ",\"warnings\":[\"changed it\"],\"patchType\":\"JSONPatch\",\"patch\":\""
                + Base64.getEncoder().encodeToString(patch.getBytes(StandardCharsets.UTF_8))
                + "\"";
    Written written = create("patched");
    assertThat(written.object().path("data").toString())
        .isEqualTo("{\"k\":\"v\",\"added\":\"yes\"}");
    assertThat(written.warnings()).containsExactly("changed it");
    JsonNode request = requests.getFirst();
    assertThat(request.path("operation").asString()).isEqualTo("CREATE");
    assertThat(request.path("resource").toString())
        .isEqualTo("{\"group\":\"\",\"version\":\"v1\",\"resource\":\"configmaps\"}");
    assertThat(request.path("namespace").asString()).isEqualTo("default");
    assertThat(request.path("object").path("data").path("k").asString()).isEqualTo("v");
    assertThat(request.path("userInfo").path("username").asString()).isEqualTo("system:apiserver");
  }

  @Test
  void refusesInTheWebhooksWords() {
    configure("Validating", url(), "");
    answer = _ -> "\"allowed\":false,\"status\":{\"message\":\"not today\"}";
    assertThatThrownBy(() -> create("refused"))
        .isInstanceOfSatisfying(StatusException.class, e -> assertThat(e.code()).isEqualTo(400))
        .hasMessage("admission webhook \"hook.example.com\" denied the request: not today");
  }

  @Test
  void reachesAServicesPodByItsSlices() {
    api.create(
        type("", "namespaces"),
        "v1",
        "",
        Json.read("{\"metadata\":{\"name\":\"ops\"}}".getBytes(StandardCharsets.UTF_8)),
        WriteOptions.system("test"));
    api.create(
        type("", "services"),
        "v1",
        "ops",
        Json.read(
            "{\"metadata\":{\"name\":\"hook\"},\"spec\":{\"ports\":[{\"port\":443,\"targetPort\":8443}]}}"
                .getBytes(StandardCharsets.UTF_8)),
        WriteOptions.system("test"));
    api.create(
        type("discovery.k8s.io", "endpointslices"),
        "v1",
        "ops",
        Json.read(
            """
            {"metadata":{"name":"hook-1","labels":{"kubernetes.io/service-name":"hook"}},
             "addressType":"IPv4","ports":[{"port":8443}],
             "endpoints":[{"addresses":["10.0.0.1"],"targetRef":{"kind":"Pod","name":"p"}}]}
            """
                .getBytes(StandardCharsets.UTF_8)),
        WriteOptions.system("test"));
    configure(
        "Validating", "\"service\":{\"namespace\":\"ops\",\"name\":\"hook\",\"path\":\"/x\"}", "");
    create("through-a-service");
    assertThat(requests).hasSize(1);
  }

  @Test
  void failsOrGoesOnAsThePolicySays() {
    String nowhere = "\"url\":\"https://127.0.0.1:1/\"";
    configure("Validating", nowhere, ",\"timeoutSeconds\":1");
    assertThatThrownBy(() -> create("closed"))
        .hasMessageContaining("failed calling webhook \"hook.example.com\"");
    api.delete(
        new ObjectRef(
            type("admissionregistration.k8s.io", "validatingwebhookconfigurations"), "", "hook"),
        "v1",
        dev.layar.apiserver.DeleteOptions.PLAIN,
        WriteOptions.system("test"));
    configure("Validating", nowhere, ",\"timeoutSeconds\":1,\"failurePolicy\":\"Ignore\"");
    assertThat(create("open").created()).isTrue();
  }

  @Test
  void selectsByLabelsOfObjectAndNamespace() {
    configure(
        "Validating",
        url(),
        ",\"objectSelector\":{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"NotIn\",\"values\":[\"b\"]}]}");
    create("unselected");
    configure(
        "Mutating",
        url(),
        ",\"namespaceSelector\":{\"matchLabels\":{\"kubernetes.io/metadata.name\":\"default\"}}");
    create("selected");
    assertThat(requests).hasSize(1);
  }
}
