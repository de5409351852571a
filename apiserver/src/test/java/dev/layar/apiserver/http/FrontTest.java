package dev.layar.apiserver.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who is let in and who is not, byte by byte and with kubectl. */
class FrontTest {
  @TempDir static Path directory;
  private static Running running;
  private static Kubectl kubectl;

  @BeforeAll
  static void start() throws Exception {
    running = new Running(directory);
    kubectl = running.kubectl;
  }

  @AfterAll
  static void stop() {
    running.close();
  }

  /** An answer's status line and headers, then its body. */
  private record Answer(String head, String body) {}

  private static SSLSocket connect() throws Exception {
    return Raw.connect(running.server);
  }

  /** Sends a request with these header lines and the administrator's token. */
  private static Answer send(String line, String... headers) throws Exception {
    List<String> all = new ArrayList<>(Arrays.asList(headers));
    all.add("Authorization: Bearer " + running.server.credentials().adminToken());
    return sendAnonymous(line, all.toArray(String[]::new));
  }

  private static Answer sendAnonymous(String line, String... headers) throws Exception {
    List<String> all = new ArrayList<>(Arrays.asList(headers));
    if (all.stream().noneMatch(h -> h.startsWith("Host:"))) {
      all.add("Host: 127.0.0.1:" + running.server.address().getPort());
    }
    try (SSLSocket socket = connect()) {
      socket.setSoTimeout(10_000);
      OutputStream out = socket.getOutputStream();
      String text =
          line + " HTTP/1.1\r\n" + String.join("\r\n", all) + "\r\nConnection: close\r\n\r\n";
      out.write(text.getBytes(StandardCharsets.UTF_8));
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int end = answer.indexOf("\r\n\r\n");
      return end < 0
          ? new Answer(answer, "")
          : new Answer(answer.substring(0, end), answer.substring(end + 4));
    }
  }

  @Test
  void letsAnybodySeeItsHealthAndVersionAlone() throws Exception {
    assertThat(sendAnonymous("GET /healthz").head()).startsWith("HTTP/1.1 200");
    assertThat(sendAnonymous("GET /version").body()).contains("\"minor\":\"32\"");
    for (String path : List.of("/api", "/apis", "/api/v1/pods", "/openapi/v3", "/nothing")) {
      assertThat(sendAnonymous("GET " + path).head()).as(path).startsWith("HTTP/1.1 401");
    }
    assertThat(sendAnonymous("GET /api", "Authorization: Basic YTpi").head())
        .startsWith("HTTP/1.1 401");
  }

  @Test
  void keepsPagesInBrowsersOut() throws Exception {
    assertThat(send("GET /api", "Origin: https://evil.example").head()).startsWith("HTTP/1.1 403");
    assertThat(send("GET /api", "Sec-Fetch-Site: cross-site").head()).startsWith("HTTP/1.1 403");
    Answer rebound = send("GET /api", "Host: evil.example:6443");
    assertThat(rebound.head()).startsWith("HTTP/1.1 403");
    assertThat(rebound.body()).contains("none of this server's names");
    assertThat(
            send("GET /api", "Origin: https://127.0.0.1:" + running.server.address().getPort())
                .head())
        .startsWith("HTTP/1.1 200");
  }

  @Test
  void datesItsAnswersAndSaysWhatItDoesNotServe() throws Exception {
    Answer answer = send("GET /api/v1/namespaces/default/unicorns");
    assertThat(answer.head()).startsWith("HTTP/1.1 404").contains("\r\ndate: ");
    assertThat(answer.body())
        .contains("\"kind\":\"Status\"", "the server could not find the requested resource");
    assertThat(send("TRACE /api/v1/pods").head()).startsWith("HTTP/1.1 405");
    assertThat(send("GET /api/v1/pods?watch=maybe").head()).startsWith("HTTP/1.1 400");
    assertThat(send("GET /api/v1/pods?limit=x").head()).startsWith("HTTP/1.1 400");
    assertThat(send("GET /api/v1/pods/%2e%2e").head()).startsWith("HTTP/1.1 400");
    assertThat(send("GET /api/v1/pods", "Accept: application/cbor").head())
        .startsWith("HTTP/1.1 406");
  }

  @Test
  void boundsWhatItReads() throws Exception {
    assertThat(send("POST /api/v1/namespaces", "Content-Length: 99999999").head())
        .startsWith("HTTP/1.1 413");
    assertThat(send("GET /api", "X-Long: " + "x".repeat(70_000)).head()).startsWith("HTTP/1.1 400");
    assertThat(send("GET /api?" + "a&".repeat(2_000)).head()).startsWith("HTTP/1.1");
  }

  @Test
  void keepsItsSecretsToItsOwner() throws Exception {
    try (var files = Files.list(directory.resolve("server"))) {
      for (Path file : files.toList()) {
        assertThat(Files.getPosixFilePermissions(file))
            .as(file.toString())
            .isEqualTo(PosixFilePermissions.fromString("rw-------"));
      }
    }
    assertThat(Files.getPosixFilePermissions(running.kubeconfig))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
  }

  @Test
  void writesAnAuditLogWithoutSecrets() throws Exception {
    kubectl.run("create", "configmap", "audited", "--from-literal=a=confidential").ok();
    String log = Files.readString(directory.resolve("server/audit.log"));
    assertThat(log)
        .contains(
            "\"user\":\"layar-admin\",\"method\":\"POST\","
                + "\"path\":\"/api/v1/namespaces/default/configmaps\",\"status\":201")
        .doesNotContain("confidential")
        .doesNotContain(running.server.credentials().adminToken());
  }

  /** A kubeconfig for a service account of this name, with a fresh token. */
  private static Kubectl as(String namespace, String account) throws Exception {
    String token = kubectl.run("create", "token", account, "-n", namespace).ok().strip();
    Path file = directory.resolve(namespace + "-" + account);
    Files.writeString(
        file, Files.readString(running.kubeconfig).replaceAll("token: .*", "token: " + token));
    return kubectl.as(file);
  }

  @Test
  void enforcesRoles() throws Exception {
    kubectl.run("create", "namespace", "guarded").ok();
    kubectl.run("create", "serviceaccount", "viewer", "-n", "guarded").ok();
    kubectl
        .run(
            "create",
            "rolebinding",
            "viewer",
            "-n",
            "guarded",
            "--clusterrole=view",
            "--serviceaccount=guarded:viewer")
        .ok();
    kubectl.run("create", "configmap", "seen", "-n", "guarded").ok();
    Kubectl viewer = as("guarded", "viewer");
    assertThat(viewer.run("auth", "whoami").ok())
        .contains("system:serviceaccount:guarded:viewer", "system:serviceaccounts:guarded");
    assertThat(viewer.run("get", "configmaps", "-n", "guarded").ok()).contains("seen");
    assertThat(viewer.run("get", "secrets", "-n", "guarded").err())
        .contains(
            "Error from server (Forbidden): secrets is forbidden: User"
                + " \"system:serviceaccount:guarded:viewer\" cannot list resource \"secrets\" in"
                + " API group \"\" in the namespace \"guarded\"");
    assertThat(viewer.run("delete", "configmap", "seen", "-n", "guarded").err())
        .contains("cannot delete resource \"configmaps\"");
    assertThat(viewer.run("get", "configmaps", "-n", "default").err()).contains("Forbidden");
    assertThat(viewer.run("exec", "p", "-n", "guarded", "--", "true").err())
        .contains("pods \"p\" not found");
    assertThat(viewer.run("auth", "can-i", "get", "pods", "-n", "guarded").ok()).contains("yes");
    assertThat(viewer.run("auth", "can-i", "create", "pods/exec", "-n", "guarded").out())
        .contains("no");
    kubectl.run("delete", "serviceaccount", "viewer", "-n", "guarded").ok();
    assertThat(viewer.run("get", "configmaps", "-n", "guarded").err())
        .contains("You must be logged in to the server");
  }

  @Test
  void commandsNeedARightOfTheirOwn() throws Exception {
    kubectl.run("create", "namespace", "execs").ok();
    kubectl.runWith(Manifests.POD, "apply", "-n", "execs", "-f", "-").ok();
    kubectl.run("create", "serviceaccount", "viewer", "-n", "execs").ok();
    kubectl
        .run(
            "create",
            "rolebinding",
            "viewer",
            "-n",
            "execs",
            "--clusterrole=view",
            "--serviceaccount=execs:viewer")
        .ok();
    Kubectl viewer = as("execs", "viewer");
    assertThat(viewer.run("exec", "sleep", "-c", "app", "-n", "execs", "--", "true").err())
        .contains("cannot create resource \"pods/exec\"");
    kubectl
        .run(
            "create",
            "rolebinding",
            "editor",
            "-n",
            "execs",
            "--clusterrole=edit",
            "--serviceaccount=execs:viewer")
        .ok();
    viewer.run("exec", "sleep", "-c", "app", "-n", "execs", "--", "true").ok();
  }

  @Test
  void actsAsOthersForThoseWhoMay() throws Exception {
    kubectl.run("create", "namespace", "acting").ok();
    kubectl.run("create", "serviceaccount", "robot", "-n", "acting").ok();
    String robot = "--as=system:serviceaccount:acting:robot";
    assertThat(kubectl.run("auth", "can-i", "get", "pods", "-n", "acting", robot).out())
        .isEqualTo("no\n");
    kubectl
        .run(
            "create",
            "rolebinding",
            "robots",
            "-n",
            "acting",
            "--clusterrole=view",
            "--group=system:serviceaccounts:acting")
        .ok();
    assertThat(kubectl.run("auth", "can-i", "get", "pods", "-n", "acting", robot).ok())
        .isEqualTo("yes\n");
    assertThat(kubectl.run("auth", "whoami", "--as=jane", "--as-group=crew").ok())
        .contains("jane", "crew")
        .doesNotContain("system:masters");
    assertThat(as("acting", "robot").run("get", "pods", "-n", "acting", "--as=jane").err())
        .contains("cannot impersonate resource \"users\"");
    assertThat(Files.readString(directory.resolve("server/audit.log")))
        .contains("\"user\":\"jane\",\"impersonatedBy\":\"layar-admin\"");
    assertThat(send("GET /api", "Impersonate-Group: system:masters").head())
        .startsWith("HTTP/1.1 400");
  }

  @Test
  void answersReviews() throws Exception {
    kubectl.run("create", "serviceaccount", "asked").ok();
    String token =
        kubectl
            .run("create", "token", "asked", "--audience=istio-ca", "--duration=1h")
            .ok()
            .strip();
    String review =
        kubectl
            .runWith(
                """
                {"apiVersion":"authentication.k8s.io/v1","kind":"TokenReview",
                 "spec":{"token":"%s","audiences":["istio-ca"]}}
                """
                    .formatted(token),
                "create",
                "-o",
                "json",
                "-f",
                "-")
            .ok();
    assertThat(review)
        .contains("\"authenticated\": true", "system:serviceaccount:default:asked", "\"istio-ca\"");
    // A token for another audience opens nothing here.
    assertThat(sendAnonymous("GET /api", "Authorization: Bearer " + token).head())
        .startsWith("HTTP/1.1 401");
    assertThat(sendAnonymous("GET /api", "Authorization: Bearer " + token + "x").head())
        .startsWith("HTTP/1.1 401");
    assertThat(
            kubectl
                .runWith(
                    """
                    {"apiVersion":"authorization.k8s.io/v1","kind":"SubjectAccessReview",
                     "spec":{"user":"nobody","resourceAttributes":{"verb":"get","resource":"pods"}}}
                    """,
                    "create",
                    "-o",
                    "json",
                    "-f",
                    "-")
                .ok())
        .contains("\"allowed\": false");
  }

  @Test
  void drainsANode() throws Exception {
    kubectl
        .runWith("apiVersion: v1\nkind: Node\nmetadata: {name: drained}", "apply", "-f", "-")
        .ok();
    kubectl.run("create", "namespace", "draining").ok();
    kubectl
        .runWith(
            Manifests.POD.replace("nodeName: laptop", "nodeName: drained"),
            "apply",
            "-n",
            "draining",
            "-f",
            "-")
        .ok();
    assertThat(kubectl.run("drain", "drained", "--force", "--grace-period=0").ok())
        .contains("node/drained cordoned", "evicting pod draining/sleep", "node/drained drained");
    assertThat(kubectl.run("get", "node", "drained").ok()).contains("SchedulingDisabled");
  }

  @Test
  void nobodyGrantsWhatHeLacks() throws Exception {
    kubectl.run("create", "namespace", "granted").ok();
    kubectl.run("create", "serviceaccount", "chief", "-n", "granted").ok();
    kubectl
        .run(
            "create",
            "rolebinding",
            "chief",
            "-n",
            "granted",
            "--clusterrole=admin",
            "--serviceaccount=granted:chief")
        .ok();
    Kubectl chief = as("granted", "chief");
    assertThat(
            chief
                .run(
                    "create",
                    "rolebinding",
                    "all",
                    "-n",
                    "granted",
                    "--clusterrole=cluster-admin",
                    "--user=x")
                .err())
        .contains("is attempting to grant RBAC permissions not currently held: * *");
    assertThat(
            chief
                .run("create", "role", "nodes", "-n", "granted", "--verb=get", "--resource=nodes")
                .err())
        .contains("not currently held: get nodes");
    chief
        .run("create", "rolebinding", "view", "-n", "granted", "--clusterrole=view", "--user=x")
        .ok();
  }

  @Test
  void knowsClientCertificates() throws Exception {
    var identity =
        running.server.credentials().client("captain", List.of("system:masters", "crew"));
    Path certificate = directory.resolve("captain.crt");
    Path key = directory.resolve("captain.key");
    Files.writeString(
        certificate, dev.layar.apiserver.auth.Credentials.pem(identity.certificate()));
    Files.writeString(key, dev.layar.apiserver.auth.Credentials.pem(identity.key()));
    Path file = directory.resolve("captain");
    Files.writeString(
        file,
        Files.readString(running.kubeconfig)
            .replaceAll(
                "token: .*", "client-certificate: " + certificate + "\n    client-key: " + key));
    assertThat(kubectl.as(file).run("auth", "whoami").ok()).contains("captain", "crew");
    kubectl.as(file).run("get", "namespaces").ok();
  }

  @Test
  void answersRequestsInTheirOrderOnOneConnection() throws Exception {
    try (SSLSocket socket = connect()) {
      socket.setSoTimeout(10_000);
      String head = " HTTP/1.1\r\nHost: localhost\r\n\r\n";
      socket
          .getOutputStream()
          .write(
              ("GET /version" + head + "GET /healthz" + head + "GET /version" + head)
                  .getBytes(StandardCharsets.UTF_8));
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
      List<String> types = new ArrayList<>();
      while (types.size() < 3) {
        String line = line(in);
        if (line.startsWith("content-type: ")) {
          types.add(line.substring(14));
        }
      }
      assertThat(types)
          .containsExactly("application/json", "text/plain; charset=utf-8", "application/json");
    }
  }

  private static String line(BufferedReader in) throws IOException {
    String line = in.readLine();
    assertThat(line).as("the connection ended early").isNotNull();
    return line;
  }
}
