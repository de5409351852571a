package dev.layar.model.k8s;

import dev.layar.model.Doc;
import dev.layar.model.Format;
import dev.layar.model.Open;
import dev.layar.model.Values;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Kubernetes' ConfigMap. */
@Open
@Doc("Configuration of programs.")
public record ConfigMap(
    @Doc("Values by name.") Map<String, String> data,
    @Doc("Values by name, as base64.") @Format(Format.BASE64) Map<String, String> binaryData,
    @Doc("Whether the values are fixed.") @Nullable Boolean immutable) {
  public ConfigMap {
    data = Values.sorted(data);
    binaryData = Values.sorted(binaryData);
  }
}
