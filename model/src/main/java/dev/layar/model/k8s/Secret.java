package dev.layar.model.k8s;

import dev.layar.model.Doc;
import dev.layar.model.Format;
import dev.layar.model.Open;
import dev.layar.model.Values;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Kubernetes' Secret. Its text form hides the values, so that they do not end up in logs. */
@Open
@Doc("Keys, certificates and passwords.")
public record Secret(
    @Doc("What it holds, for example kubernetes.io/tls; left out: Opaque.") String type,
    @Doc("Values by name, as base64.") @Format(Format.BASE64) Map<String, String> data,
    @Doc("Values by name, as text; they go before data.") Map<String, String> stringData,
    @Doc("Whether the values are fixed.") @Nullable Boolean immutable) {
  public Secret {
    data = Values.sorted(data);
    stringData = Values.sorted(stringData);
  }

  @Override
  public String toString() {
    return "Secret[type=" + type + ", keys=" + data.keySet() + stringData.keySet() + "]";
  }
}
