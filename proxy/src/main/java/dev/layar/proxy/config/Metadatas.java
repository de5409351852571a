package dev.layar.proxy.config;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.layar.proxy.cluster.ClusterConfig.IstioService;
import dev.layar.proxy.observe.Provenance;
import io.envoyproxy.envoy.config.core.v3.Metadata;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What Layar and Istio write into {@code metadata.filter_metadata}. */
final class Metadatas {
  private static final Struct NOTHING = Struct.getDefaultInstance();

  private Metadatas() {}

  /** {@code filter_metadata["layar"]}; null when it is not there. */
  static @Nullable Provenance provenance(Metadata metadata) {
    Struct layar = metadata.getFilterMetadataOrDefault("layar", NOTHING);
    if (!layar.containsFields("kind")) {
      return null;
    }
    return new Provenance(
        text(layar, "kind"),
        text(layar, "namespace"),
        text(layar, "name"),
        text(layar, "rule"),
        text(layar, "match"));
  }

  /** {@code filter_metadata["istio"].services[0]}. */
  static IstioService service(Metadata metadata) {
    Struct istio = metadata.getFilterMetadataOrDefault("istio", NOTHING);
    Value services = istio.getFieldsOrDefault("services", Value.getDefaultInstance());
    if (services.getListValue().getValuesCount() == 0) {
      return IstioService.UNKNOWN;
    }
    Struct first = services.getListValue().getValues(0).getStructValue();
    return new IstioService(text(first, "host"), text(first, "name"), text(first, "namespace"));
  }

  /** The whole of a flat struct, its values as text. */
  static Map<String, String> texts(Struct struct) {
    Map<String, String> texts = new TreeMap<>();
    struct.getFieldsMap().keySet().forEach(key -> texts.put(key, text(struct, key)));
    return texts;
  }

  /** A string, or a number without its {@code .0}; empty when the key is not there. */
  static String text(Struct struct, String key) {
    Value value = struct.getFieldsOrDefault(key, Value.getDefaultInstance());
    return switch (value.getKindCase()) {
      case STRING_VALUE -> value.getStringValue();
      case NUMBER_VALUE -> number(value.getNumberValue());
      case BOOL_VALUE -> Boolean.toString(value.getBoolValue());
      case NULL_VALUE, STRUCT_VALUE, LIST_VALUE, KIND_NOT_SET -> "";
    };
  }

  private static String number(double value) {
    return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
  }
}
