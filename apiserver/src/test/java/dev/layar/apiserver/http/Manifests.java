package dev.layar.apiserver.http;

/** Objects that several tests write. */
final class Manifests {
  static final String POD =
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

  /** A patch of that pod's status. */
  static final String RUNNING =
      """
      {"status":{"phase":"Running","podIP":"127.0.0.1","containerStatuses":[
        {"name":"app","ready":true,"restartCount":2,"state":{"running":{}}},
        {"name":"istio-proxy","ready":true,"restartCount":0,"state":{"running":{}}}]}}
      """;

  private Manifests() {}
}
