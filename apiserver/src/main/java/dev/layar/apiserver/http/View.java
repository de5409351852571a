package dev.layar.apiserver.http;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The form of an answer that a client wants, by its {@code Accept} header. */
enum View {
  OBJECT,
  TABLE,
  PARTIAL,
  DISCOVERY,
  DISCOVERY_BETA;

  /** One entry of an {@code Accept} header. */
  private record Media(String type, Map<String, String> parameters) {
    String parameter(String name) {
      return parameters.getOrDefault(name, "");
    }
  }

  /** The first entry that we can answer wins; protobuf and CBOR are passed over. */
  static View of(List<String> accept) {
    List<Media> wanted =
        accept.stream().flatMap(value -> Stream.of(value.split(","))).map(View::media).toList();
    for (Media media : wanted) {
      switch (media.type()) {
        case "application/json", "application/*", "*/*", "" -> {
          View view = as(media);
          if (view != null) {
            return view;
          }
        }
        default -> {}
      }
    }
    if (wanted.isEmpty() || wanted.stream().anyMatch(View::anything)) {
      return OBJECT;
    }
    throw Statuses.notAcceptable("application/json");
  }

  /** Text is taken for anything: health checks and logs are asked for so. */
  private static boolean anything(Media media) {
    return media.type().startsWith("text/") || media.type().equals("application/yaml");
  }

  private static @org.jspecify.annotations.Nullable View as(Media media) {
    return switch (media.parameter("as")) {
      case "" -> OBJECT;
      case "Table" -> TABLE;
      case "PartialObjectMetadata", "PartialObjectMetadataList" -> PARTIAL;
      case "APIGroupDiscoveryList" ->
          switch (media.parameter("v")) {
            case "v2" -> DISCOVERY;
            case "v2beta1" -> DISCOVERY_BETA;
            default -> null;
          };
      default -> null;
    };
  }

  private static Media media(String text) {
    String[] parts = text.split(";");
    Map<String, String> parameters =
        Stream.of(parts)
            .skip(1)
            .map(each -> each.strip().split("=", 2))
            .filter(each -> each.length == 2)
            .collect(
                Collectors.toMap(
                    each -> each[0].toLowerCase(Locale.ROOT), each -> each[1], (a, _) -> a));
    return new Media(parts[0].strip().toLowerCase(Locale.ROOT), parameters);
  }
}
