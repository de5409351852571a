package dev.layar.apiserver.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.apiserver.Admission;
import dev.layar.apiserver.StatusException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The real kubectl against the server, command by command. */
class KubectlTest {
  private static final String RULES =
      """
      apiVersion: networking.istio.io/v1
      kind: VirtualService
      metadata:
        name: httpbin
      spec:
        hosts:
        - httpbin
        http:
        - route:
          - destination:
              host: httpbin
              subset: v1
            weight: 100
      ---
      apiVersion: networking.istio.io/v1
      kind: DestinationRule
      metadata:
        name: httpbin
      spec:
        host: httpbin
        subsets:
        - name: v1
          labels:
            version: v1
      """;

  private static final String APP =
      """
      apiVersion: apps/v1
      kind: Deployment
      metadata:
        name: httpbin-v1
      spec:
        replicas: 1
        selector:
          matchLabels:
            app: httpbin
            version: v1
        template:
          metadata:
            labels:
              app: httpbin
              version: v1
          spec:
            containers:
            - image: docker.io/kong/httpbin
              imagePullPolicy: IfNotPresent
              name: httpbin
              ports:
              - containerPort: 80
      ---
      apiVersion: v1
      kind: Service
      metadata:
        name: httpbin
        labels:
          app: httpbin
      spec:
        ports:
        - name: http
          port: 8000
          targetPort: 80
        selector:
          app: httpbin
      """;

  private static final String POD =
      """
      apiVersion: v1
      kind: Pod
      metadata:
        name: sleep
        labels: {app: sleep}
      spec:
        nodeName: laptop
        containers:
        - {name: app, image: curlimages/curl}
        - {name: istio-proxy, image: layar/proxy}
      """;

  @TempDir static Path directory;
  private static Running running;
  private static Kubectl kubectl;

  @BeforeAll
  static void start() throws Exception {
    running = new Running(directory, ServerOptions.Limits.DEFAULT, KubectlTest::refuseBad);
    kubectl = running.kubectl;
  }

  @AfterAll
  static void stop() {
    running.close();
  }

  /** A validator that dislikes one name. */
  private static List<String> refuseBad(Admission.Request request) {
    if (!request.ref().name().equals("bad")) {
      return List.of("it was looked at");
    }
    throw new StatusException(
        422,
        "Invalid",
        "VirtualService.networking.istio.io \"bad\" is invalid",
        new StatusException.Details(
            "networking.istio.io",
            "VirtualService",
            "bad",
            "",
            List.of(
                new StatusException.Cause(
                    "FieldValueInvalid", "Invalid value: \"\": is no host", "spec.hosts[0]"),
                new StatusException.Cause(
                    "FieldValueRequired", "Required value", "spec.http[0].route")),
            0));
  }

  private static String inNamespace(String name) throws Exception {
    kubectl.run("create", "namespace", name).ok();
    return "--namespace=" + name;
  }

  @Test
  void saysItsVersion() throws Exception {
    assertThat(kubectl.run("version").ok()).contains("Server Version: v1.32.");
    assertThat(kubectl.run("get", "--raw", "/readyz").ok()).isEqualTo("ok");
    assertThat(kubectl.run("cluster-info").ok()).contains("control plane");
  }

  @Test
  void listsWhatItServes() throws Exception {
    assertThat(kubectl.run("api-resources").ok())
        .contains("virtualservices", "vs", "networking.istio.io/v1", "deployments", "deploy");
    assertThat(kubectl.run("api-versions").ok())
        .contains("apps/v1", "networking.istio.io/v1beta1", "metrics.k8s.io/v1beta1");
  }

  @Test
  void createsTypedObjectsFromProtobuf() throws Exception {
    String ns = inNamespace("typed");
    assertThat(kubectl.run("create", ns, "configmap", "c", "--from-literal=a=b").ok())
        .contains("configmap/c created");
    kubectl.run("create", ns, "secret", "generic", "s", "--from-literal=password=hush").ok();
    kubectl.run("create", ns, "serviceaccount", "robot").ok();
    kubectl.run("create", ns, "deployment", "web", "--image=nginx", "--port=80").ok();
    kubectl.run("create", ns, "service", "clusterip", "web", "--tcp=80:8080").ok();
    kubectl.run("create", ns, "role", "reader", "--verb=get", "--resource=pods").ok();
    kubectl
        .run("create", ns, "rolebinding", "reader", "--role=reader", "--serviceaccount=typed:robot")
        .ok();
    kubectl.run("create", ns, "job", "once", "--image=busybox", "--", "true").ok();
    kubectl.run("create", ns, "ingress", "web", "--rule=a.example/*=web:80").ok();
    assertThat(kubectl.run("get", ns, "configmap", "c", "-o", "jsonpath={.data.a}").ok())
        .isEqualTo("b");
    assertThat(kubectl.run("get", ns, "secret", "s", "-o", "jsonpath={.data.password}").ok())
        .isEqualTo("aHVzaA==");
    assertThat(
            kubectl
                .run(
                    "get",
                    ns,
                    "service",
                    "web",
                    "-o",
                    "jsonpath={.spec.ports[0].port} {.spec.ports[0].targetPort}")
                .ok())
        .isEqualTo("80 8080");
    assertThat(kubectl.run("get", ns, "ingress", "web").ok()).contains("a.example");
    assertThat(
            kubectl
                .run("get", ns, "deploy", "web", "-o", "jsonpath={.spec.template.spec.containers}")
                .ok())
        .contains("\"image\":\"nginx\"", "\"containerPort\":80");
    assertThat(kubectl.run("get", ns, "role", "reader", "-o", "jsonpath={.rules}").ok())
        .isEqualTo("[{\"apiGroups\":[\"\"],\"resources\":[\"pods\"],\"verbs\":[\"get\"]}]");
  }

  @Test
  void appliesAndShows() throws Exception {
    String ns = inNamespace("apply");
    assertThat(kubectl.runWith(RULES, "apply", ns, "-f", "-").ok())
        .contains("virtualservice.networking.istio.io/httpbin created")
        .contains("destinationrule.networking.istio.io/httpbin created");
    assertThat(kubectl.runWith(RULES, "apply", ns, "-f", "-").ok())
        .contains("virtualservice.networking.istio.io/httpbin unchanged");
    kubectl.runWith(APP, "apply", ns, "-f", "-").ok();
    assertThat(kubectl.runWith(APP, "apply", ns, "-f", "-").ok())
        .contains("deployment.apps/httpbin-v1 unchanged", "service/httpbin unchanged");
    assertThat(kubectl.run("get", ns, "vs").ok())
        .containsPattern("NAME\\s+GATEWAYS\\s+HOSTS\\s+AGE")
        .containsPattern("httpbin\\s+\\[\"httpbin\"\\]\\s+\\d+s");
    assertThat(kubectl.run("get", ns, "dr").ok()).containsPattern("httpbin\\s+httpbin\\s+\\d+s");
    assertThat(kubectl.run("get", ns, "deploy", "-o", "wide").ok())
        .containsPattern(
            "NAME\\s+READY\\s+UP-TO-DATE\\s+AVAILABLE\\s+AGE\\s+CONTAINERS\\s+IMAGES\\s+SELECTOR")
        .containsPattern("httpbin-v1\\s+0/1.*docker.io/kong/httpbin\\s+app=httpbin,version=v1");
    assertThat(kubectl.run("get", ns, "svc", "-l", "app=httpbin").ok())
        .containsPattern("httpbin\\s+ClusterIP\\s+\\S+\\s+<none>\\s+8000/TCP");
    assertThat(kubectl.run("get", ns, "vs,dr").ok()).contains("virtualservice.networking");
    assertThat(kubectl.run("get", ns, "vs", "httpbin", "-o", "yaml").ok())
        .contains("apiVersion: networking.istio.io/v1\n", "generation: 1", "weight: 100");
    assertThat(kubectl.run("get", ns, "vs", "httpbin", "-o", "jsonpath={.spec.hosts[0]}").ok())
        .isEqualTo("httpbin");
    assertThat(kubectl.run("get", ns, "vs", "-A", "-o", "name").ok())
        .contains("virtualservice.networking.istio.io/httpbin");
    assertThat(kubectl.run("get", ns, "all", "--show-labels").ok()).contains("app=httpbin");
    assertThat(kubectl.run("get", "pods", "-n", "nowhere").err())
        .contains("No resources found in nowhere namespace.");
  }

  @Test
  void showsPodsAsPeopleKnowThem() throws Exception {
    String ns = inNamespace("pods");
    kubectl.runWith(POD, "apply", ns, "-f", "-").ok();
    kubectl
        .run(
            "patch",
            ns,
            "pod",
            "sleep",
            "--subresource=status",
            "--type=merge",
            "-p",
            """
            {"status":{"phase":"Running","podIP":"127.0.0.1","containerStatuses":[
              {"name":"app","ready":true,"restartCount":2,"state":{"running":{}}},
              {"name":"istio-proxy","ready":true,"restartCount":0,"state":{"running":{}}}]}}
            """)
        .ok();
    assertThat(kubectl.run("get", ns, "pod", "-l", "app=sleep").ok())
        .containsPattern("NAME\\s+READY\\s+STATUS\\s+RESTARTS\\s+AGE")
        .containsPattern("sleep\\s+2/2\\s+Running\\s+2\\s+\\d+s");
    assertThat(kubectl.run("get", ns, "pod", "-o", "wide").ok())
        .containsPattern("127.0.0.1\\s+laptop\\s+<none>\\s+<none>");
    assertThat(kubectl.run("top", "pod", ns, "--containers").ok())
        .containsPattern("sleep\\s+app\\s+250m\\s+64Mi");
    assertThat(kubectl.run("describe", ns, "pod", "sleep").ok())
        .contains("Name:", "curlimages/curl", "Events:");
    assertThat(kubectl.run("delete", ns, "pod", "sleep", "--grace-period=0", "--force").ok())
        .contains("pod \"sleep\" force deleted");
  }

  @Test
  void diffsBeforeItApplies() throws Exception {
    String ns = inNamespace("diff");
    kubectl.runWith(RULES, "apply", ns, "-f", "-").ok();
    assertThat(kubectl.runWith(RULES, "diff", ns, "-f", "-").ok()).isEmpty();
    String changed = RULES.replace("weight: 100", "weight: 100\n    mirror: {host: httpbin}");
    Kubectl.Run diff = kubectl.runWith(changed, "diff", ns, "-f", "-");
    assertThat(diff.code()).as(diff.err()).isEqualTo(1);
    assertThat(diff.out())
        .contains("-  generation: 1", "+  generation: 2", "+  - mirror:", "+      host: httpbin");
    assertThat(
            kubectl.run("get", ns, "vs", "httpbin", "-o", "jsonpath={.metadata.generation}").ok())
        .isEqualTo("1");
  }

  static List<Kubectl> versions() throws IOException {
    return Kubectl.versions(running.kubeconfig, directory.resolve("home"));
  }

  /** What the examples type, by every kubectl that is installed. */
  @ParameterizedTest
  @MethodSource("versions")
  void worksWithEveryVersion(Kubectl each) throws Exception {
    String name = "v" + each.name().replaceAll("[^0-9]", "");
    each.run("create", "namespace", name).ok();
    String ns = "--namespace=" + name;
    each.run("label", "namespace", name, "istio-injection=enabled").ok();
    String list = "apiVersion: v1\nkind: List\nitems:\n- " + item(RULES.split("---")[0]);
    assertThat(each.runWith(list, "apply", ns, "-f", "-").ok()).contains("created");
    each.runWith(RULES + "---\n" + APP, "apply", ns, "-f", "-").ok();
    Kubectl.Run diff = each.runWith(APP.replace("8000", "8001"), "diff", ns, "-f", "-");
    assertThat(diff.code()).as("%s: %s", each.name(), diff.err()).isEqualTo(1);
    assertThat(diff.out()).contains("+    port: 8001");
    assertThat(each.run("get", ns, "vs,deploy", "-o", "wide").ok()).contains("httpbin-v1");
    each.run("create", ns, "configmap", "c", "--from-literal=a=b").ok();
    each.run("set", ns, "image", "deploy/httpbin-v1", "httpbin=other").ok();
    assertThat(each.run("explain", "virtualservice.spec.http").ok()).contains("route");
    assertThat(each.run("auth", "can-i", "create", "pods").ok()).contains("yes");
    each.run("delete", ns, "vs", "httpbin").ok();
  }

  private static String item(String object) {
    return object.indent(2).strip() + "\n";
  }

  @Test
  void changesObjectsInEveryWay() throws Exception {
    String ns = inNamespace("changes");
    kubectl.runWith(RULES + "---\n" + APP, "apply", ns, "-f", "-").ok();
    assertThat(kubectl.run("label", ns, "vs", "httpbin", "team=sail").ok()).contains("labeled");
    assertThat(kubectl.run("label", ns, "vs", "httpbin", "team=sail").ok()).contains("not labeled");
    kubectl.run("annotate", ns, "vs", "httpbin", "note=EDIT-ME").ok();
    assertThat(kubectl.run("edit", ns, "vs", "httpbin").ok()).contains("edited");
    assertThat(
            kubectl
                .run("get", ns, "vs", "httpbin", "-o", "jsonpath={.metadata.annotations.note}")
                .ok())
        .isEqualTo("edited");
    kubectl
        .run("patch", ns, "vs", "httpbin", "--type=merge", "-p", "{\"spec\":{\"hosts\":[\"a\"]}}")
        .ok();
    kubectl
        .run(
            "patch",
            ns,
            "vs",
            "httpbin",
            "--type=json",
            "-p",
            "[{\"op\":\"add\",\"path\":\"/spec/hosts/-\",\"value\":\"b\"}]")
        .ok();
    assertThat(kubectl.run("get", ns, "vs", "httpbin", "-o", "jsonpath={.spec.hosts}").ok())
        .isEqualTo("[\"a\",\"b\"]");
    assertThat(kubectl.run("patch", ns, "vs", "httpbin", "-p", "{\"spec\":{}}").err())
        .contains("is not supported by networking.istio.io/v1");
    assertThat(kubectl.run("scale", ns, "deploy/httpbin-v1", "--replicas=3").ok())
        .contains("scaled");
    assertThat(
            kubectl.run("get", ns, "deploy", "httpbin-v1", "-o", "jsonpath={.spec.replicas}").ok())
        .isEqualTo("3");
    assertThat(kubectl.run("delete", ns, "vs", "httpbin").ok())
        .contains("virtualservice.networking.istio.io \"httpbin\" deleted");
    assertThat(kubectl.run("get", ns, "vs", "httpbin").err())
        .contains(
            "Error from server (NotFound): virtualservices.networking.istio.io \"httpbin\" not"
                + " found");
    assertThat(kubectl.runWith(RULES, "apply", ns, "--dry-run=server", "-f", "-").ok())
        .contains("virtualservice.networking.istio.io/httpbin created (server dry run)");
    kubectl.run("wait", ns, "vs/httpbin", "--for=delete", "--timeout=5s").ok();
  }

  @Test
  void printsWhyAnObjectIsRefused() throws Exception {
    String ns = inNamespace("refused");
    Kubectl.Run run =
        kubectl.runWith(
            RULES.split("---")[0].replace("name: httpbin", "name: bad"), "apply", ns, "-f", "-");
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err())
        .contains(
            "The VirtualService \"bad\" is invalid: \n"
                + "* spec.hosts[0]: Invalid value: \"\": is no host\n"
                + "* spec.http[0].route: Required value");
    assertThat(kubectl.run("create", ns, "configmap", "fine").err())
        .isEqualTo("Warning: it was looked at\n");
    assertThat(kubectl.run("create", ns, "configmap", "fine").err())
        .contains("failed to create configmap: configmaps \"fine\" already exists");
    assertThat(kubectl.run("create", "-n", "nowhere", "configmap", "fine").err())
        .contains("namespaces \"nowhere\" not found");
    assertThat(kubectl.runWith("{}", "create", "-f", "-").err()).isNotEmpty();
  }

  @Test
  void watches() throws Exception {
    String ns = inNamespace("watching");
    Process watch = kubectl.start("get", ns, "vs", "-w", "--output-watch-events");
    try (var lines = watch.inputReader()) {
      kubectl.runWith(RULES, "apply", ns, "-f", "-").ok();
      assertThat(lines.readLine()).contains("EVENT", "NAME", "HOSTS");
      assertThat(lines.readLine()).contains("ADDED", "httpbin");
      kubectl.run("delete", ns, "vs", "httpbin").ok();
      assertThat(lines.readLine()).contains("DELETED", "httpbin");
    } finally {
      watch.destroy();
    }
  }

  @Test
  void explainsFromTheModel() throws Exception {
    assertThat(kubectl.run("explain", "virtualservice.spec.http").ok())
        .contains("KIND:       VirtualService", "route\t", "mirror\t");
  }

  @Test
  void tellsWhatIsAllowed() throws Exception {
    assertThat(kubectl.run("auth", "can-i", "create", "pods").ok()).isEqualTo("yes\n");
    assertThat(kubectl.run("auth", "whoami").ok()).contains("layar-admin", "system:masters");
    assertThat(kubectl.run("auth", "can-i", "--list").ok()).contains("*.*");
  }

  @Test
  void refusesAStranger() throws Exception {
    String text = java.nio.file.Files.readString(running.kubeconfig);
    Path stranger = directory.resolve("stranger");
    java.nio.file.Files.writeString(stranger, text.replaceAll("token: .*", "token: wrong"));
    assertThat(kubectl.as(stranger).run("get", "pods").err())
        .contains("You must be logged in to the server");
  }
}
