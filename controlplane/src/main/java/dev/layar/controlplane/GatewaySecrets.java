package dev.layar.controlplane;

import com.google.protobuf.ByteString;
import dev.layar.compiler.MeshState;
import dev.layar.model.Kinds;
import dev.layar.model.ObjectKey;
import dev.layar.model.Resource;
import dev.layar.model.k8s.Secret;
import dev.layar.xds.ResourceSet;
import dev.layar.xds.ResourceType;
import dev.layar.xds.XdsResource;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.TlsCertificate;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A namespace's Secrets as gateways ask for them over SDS ({@code kubernetes://name} and {@code
 * kubernetes://name-cacert}, Istio {@code pilot/pkg/credentials/kube/secrets.go}). Push thread.
 *
 * <p>Two forms are read: {@code tls.crt}, {@code tls.key} and {@code ca.crt}, as {@code
 * kubernetes.io/tls} has them, and {@code cert}, {@code key} and {@code cacert}.
 */
final class GatewaySecrets {
  private static final String SCHEME = "kubernetes://";
  private static final String CA_SUFFIX = "-cacert";

  private final Map<String, ResourceSet> byNamespace = new HashMap<>();
  private MeshState state = MeshState.empty();

  /** Moves to another state; namespaces whose Secrets did not change keep their sets. */
  void update(MeshState next) {
    next.diff(
        state,
        (key, before, after) -> {
          if (key.kind().equals(Kinds.SECRET)) {
            byNamespace.remove(key.namespace());
          }
        });
    state = next;
  }

  /** What gateways of a namespace may have; each gets only what it asks for. */
  ResourceSet of(String namespace) {
    return byNamespace.computeIfAbsent(namespace, this::read);
  }

  private ResourceSet read(String namespace) {
    Map<String, XdsResource> secrets = new TreeMap<>();
    List<XdsResource> separate = new ArrayList<>();
    for (Resource<?> object : state.all(Kinds.SECRET)) {
      Resource<Secret> secret = object.as(Secret.class);
      if (secret == null || !object.metadata().namespace().equals(namespace)) {
        continue;
      }
      String name = object.metadata().name();
      certificate(name, secret.spec()).ifPresent(found -> secrets.put(found.name(), found));
      // A Secret of its own for the CA goes before one that is kept beside the certificate.
      if (name.endsWith(CA_SUFFIX)) {
        authority(name, secret.spec()).ifPresent(separate::add);
      } else if (state.get(new ObjectKey(Kinds.SECRET, namespace, name + CA_SUFFIX)) == null) {
        authority(name + CA_SUFFIX, secret.spec()).ifPresent(separate::add);
      }
    }
    separate.forEach(found -> secrets.put(found.name(), found));
    return ResourceSet.of(secrets.values());
  }

  private static Optional<XdsResource> certificate(String name, Secret secret) {
    Optional<ByteString> chain = value(secret, "tls.crt").or(() -> value(secret, "cert"));
    Optional<ByteString> key = value(secret, "tls.key").or(() -> value(secret, "key"));
    if (chain.isEmpty() || key.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        resource(
            io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret.newBuilder()
                .setName(SCHEME + name)
                .setTlsCertificate(
                    TlsCertificate.newBuilder()
                        .setCertificateChain(inline(chain.get()))
                        .setPrivateKey(inline(key.get())))));
  }

  private static Optional<XdsResource> authority(String name, Secret secret) {
    return value(secret, "ca.crt")
        .or(() -> value(secret, "cacert"))
        .map(
            bundle ->
                resource(
                    io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret.newBuilder()
                        .setName(SCHEME + name)
                        .setValidationContext(
                            CertificateValidationContext.newBuilder()
                                .setTrustedCa(inline(bundle)))));
  }

  private static XdsResource resource(
      io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret.Builder secret) {
    return XdsResource.of(ResourceType.SECRET, secret.getName(), secret.build().toByteString());
  }

  private static DataSource inline(ByteString bytes) {
    return DataSource.newBuilder().setInlineBytes(bytes).build();
  }

  /** A value that is not base64 counts as absent; admission has said so. */
  private static Optional<ByteString> value(Secret secret, String key) {
    String text = secret.stringData().get(key);
    if (text != null) {
      return Optional.of(ByteString.copyFrom(text, StandardCharsets.UTF_8));
    }
    String encoded = secret.data().get(key);
    if (encoded == null || encoded.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(ByteString.copyFrom(Base64.getMimeDecoder().decode(encoded)));
    } catch (IllegalArgumentException notBase64) {
      return Optional.empty();
    }
  }
}
