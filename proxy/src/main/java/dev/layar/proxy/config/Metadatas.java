package dev.layar.proxy.config;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.layar.proxy.cluster.ClusterConfig.IstioService;
import dev.layar.proxy.cluster.lb.SubsetMatch;
import dev.layar.proxy.observe.Provenance;
import io.envoyproxy.envoy.config.core.v3.Metadata;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What Layar and Istio write into {@code metadata.filter_metadata}. */
final class Metadatas {
  private static final String LB = "envoy.lb";
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

  /**
   * Whether {@code filter_metadata["layar"].sticky} is set: callers keep their weighted cluster.
   */
  static boolean sticky(Metadata metadata) {
    return metadata
        .getFilterMetadataOrDefault("layar", NOTHING)
        .getFieldsOrDefault("sticky", Value.getDefaultInstance())
        .getBoolValue();
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

  /** {@code filter_metadata["envoy.lb"]} as criteria; null when there are none. */
  static @Nullable SubsetMatch subset(Metadata metadata) {
    return metadata.containsFilterMetadata(LB)
        ? criteria(metadata.getFilterMetadataOrThrow(LB))
        : null;
  }

  /** A struct as criteria, which compare equal to what {@link #labels} gives. */
  static SubsetMatch criteria(Struct struct) {
    Map<String, String> criteria = new TreeMap<>();
    labels(struct)
        .forEach(
            (key, values) ->
                criteria.put(key, values.size() == 1 ? values.getFirst() : values.toString()));
    return SubsetMatch.of(criteria);
  }

  /** An endpoint's {@code envoy.lb} metadata; a list counts as several values of its key. */
  static Map<String, List<String>> labels(Metadata metadata) {
    return labels(metadata.getFilterMetadataOrDefault(LB, NOTHING));
  }

  private static Map<String, List<String>> labels(Struct struct) {
    Map<String, List<String>> labels = new TreeMap<>();
    struct
        .getFieldsMap()
        .forEach(
            (key, value) ->
                labels.put(
                    key,
                    value.hasListValue()
                        ? value.getListValue().getValuesList().stream()
                            .map(Metadatas::canonical)
                            .toList()
                        : List.of(canonical(value))));
    return labels;
  }

  /** Text that differs for values that differ, of whatever kind. */
  private static String canonical(Value value) {
    return value.hasStringValue()
        ? "'" + value.getStringValue()
        : value.getKindCase() == Value.KindCase.NUMBER_VALUE
            ? number(value.getNumberValue())
            : value.toString();
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
