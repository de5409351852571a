package dev.layar.compiler;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import dev.layar.base.Result;
import dev.layar.compiler.ProxyIdentity.Capture;
import dev.layar.model.Decoded;
import dev.layar.model.Decoder;
import dev.layar.model.Resource;
import dev.layar.testkit.Call;
import dev.layar.testkit.Outcome;
import dev.layar.testkit.TrafficSimulator;
import dev.layar.xds.ResourceType;
import dev.layar.xds.XdsResource;
import java.util.ArrayList;
import java.util.List;

/** A mesh written as YAML, and calls from its pods. */
final class TestMesh {
  static final Capture REDIRECT = new Capture.Redirect();
  static final Capture HTTP_PROXY = new Capture.HttpProxy(15001);

  private final OfflineMesh mesh;
  private final MeshCompiler compiler;

  private TestMesh(OfflineMesh mesh, MeshSettings settings) {
    this.mesh = mesh;
    this.compiler = new MeshCompiler(settings);
    compiler.update(mesh.state());
  }

  /** A mesh with redirected connections. */
  static TestMesh of(String... yaml) {
    return of(MeshSettings.defaults(), REDIRECT, yaml);
  }

  /** A mesh whose pods use their proxies as HTTP proxies. */
  static TestMesh proxied(String... yaml) {
    return of(MeshSettings.defaults(), HTTP_PROXY, yaml);
  }

  static TestMesh of(MeshSettings settings, Capture capture, String... yaml) {
    return new TestMesh(OfflineMesh.of(objects(yaml), settings, capture), settings);
  }

  static List<Resource<?>> objects(String... yaml) {
    List<Resource<?>> objects = new ArrayList<>();
    for (String text : yaml) {
      Decoded decoded = Decoder.decode("test", text);
      assertThat(decoded.findings()).as(text).noneMatch(f -> f.isError());
      objects.addAll(decoded.resources());
    }
    return objects;
  }

  /** A service of one port with pods by version, all in one namespace. */
  static String app(String name, String namespace, String port, String... versions) {
    StringBuilder yaml =
        new StringBuilder(
            """
            apiVersion: v1
            kind: Service
            metadata: {name: %s, namespace: %s}
            spec:
              selector: {app: %s}
              ports:
              - %s
            """
                .formatted(name, namespace, name, port));
    for (String version : versions) {
      yaml.append(
          """
          ---
          apiVersion: apps/v1
          kind: Deployment
          metadata: {name: %1$s-%3$s, namespace: %2$s}
          spec:
            replicas: 1
            selector: {matchLabels: {app: %1$s, version: %3$s}}
            template:
              metadata: {labels: {app: %1$s, version: %3$s}}
              spec: {containers: [{name: app, image: app}]}
          """
              .formatted(name, namespace, version));
    }
    return yaml.toString();
  }

  OfflineMesh offline() {
    return mesh;
  }

  MeshCompiler compiler() {
    return compiler;
  }

  ProxyResources resources(String proxy) {
    return compiler.resources(identity(proxy));
  }

  ProxyIdentity identity(String proxy) {
    return switch (mesh.proxy(proxy)) {
      case Result.Ok<ProxyIdentity> ok -> ok.value();
      case Result.Rejected<ProxyIdentity> no -> throw new AssertionError(no.findings());
    };
  }

  /** What happens to a call from a pod. */
  Outcome call(String proxy, Call call) {
    return simulator(resources(proxy)).call(call);
  }

  static TrafficSimulator simulator(ProxyResources resources) {
    List<Any> all = new ArrayList<>();
    for (ResourceType type : ResourceType.values()) {
      resources.all(type).values().stream().map(XdsResource::body).forEach(all::add);
    }
    return TrafficSimulator.ofPacked(all);
  }
}
