package dev.layar.compiler;

import dev.layar.base.Finding;
import dev.layar.base.Result;
import dev.layar.model.Decoder;
import dev.layar.model.Kinds;
import dev.layar.model.ObjectKey;
import dev.layar.model.Resource;
import dev.layar.model.istio.MeshConfig;
import dev.layar.model.k8s.ConfigMap;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * ConfigMap {@code istio} of the root namespace, whose value {@code mesh} is a MeshConfig, as
 * Istio's installation writes it. Pure functions.
 */
public final class MeshConfigMap {
  /** A MeshConfig, or a field of it, cannot be read. */
  static final String PATH = "data.mesh";

  private MeshConfigMap() {}

  /** The object that holds a mesh's settings. */
  public static ObjectKey key(String rootNamespace) {
    return new ObjectKey(Kinds.CONFIG_MAP, rootNamespace, "istio");
  }

  /** The settings with what the object writes; those given where it is missing or not readable. */
  static MeshSettings settings(MeshSettings base, @Nullable Resource<?> object) {
    return read(object)
        .map(
            result ->
                switch (result) {
                  case Result.Ok<MeshConfig>(MeshConfig config, var findings) -> base.with(config);
                  case Result.Rejected<MeshConfig> rejected -> base;
                })
        .orElse(base);
  }

  /** What the object holds; empty when it is missing or holds no MeshConfig. */
  static Optional<Result<MeshConfig>> read(@Nullable Resource<?> object) {
    if (object == null || !(object.spec() instanceof ConfigMap map)) {
      return Optional.empty();
    }
    String text = map.data().get("mesh");
    return text == null
        ? Optional.empty()
        : Optional.of(Decoder.record(object.key().toString(), text, MeshConfig.class));
  }

  /** What is wrong with the object, and what of it has no effect. */
  static List<Finding> findings(Resource<?> object) {
    List<Finding> found = new ArrayList<>();
    read(object)
        .ifPresent(
            result -> {
              result.findings().forEach(finding -> found.add(within(object, finding)));
              if (result instanceof Result.Ok<MeshConfig>(MeshConfig config, var findings)) {
                UnsupportedSetting.in(config).forEach(setting -> found.add(of(object, setting)));
              }
            });
    return List.copyOf(found);
  }

  private static Finding within(Resource<?> object, Finding finding) {
    String path = finding.path().isEmpty() ? PATH : PATH + "." + finding.path();
    return new Finding(
        finding.code(),
        finding.severity(),
        object.sources().value(PATH),
        path,
        finding.message(),
        finding.value(),
        finding.expected());
  }

  private static Finding of(Resource<?> object, UnsupportedSetting setting) {
    return Finding.warning(
        UnsupportedSetting.CODE,
        Objects.requireNonNull(object.sources().value(PATH)),
        PATH + "." + setting.field(),
        "is not supported; " + setting.effect(),
        "",
        "");
  }
}
