package dev.layar.apiserver.http;

import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The order of API versions (k8s.io/apimachinery, util/version CompareKubeAwareVersionStrings): v2,
 * v1, v1beta2, v1beta1, v1alpha1, and others by name at the end. Stateless.
 */
final class Versions {
  private static final Pattern FORM = Pattern.compile("v(\\d{1,9})(?:(alpha|beta)(\\d{1,9}))?");

  static final Comparator<String> PREFERRED_FIRST =
      Comparator.comparingInt(Versions::stability)
          .thenComparing(Comparator.comparingLong(Versions::major).reversed())
          .thenComparing(Comparator.comparingLong(Versions::minor).reversed())
          .thenComparing(Comparator.naturalOrder());

  private Versions() {}

  private static int stability(String version) {
    Matcher matcher = FORM.matcher(version);
    if (!matcher.matches()) {
      return 3;
    }
    String stage = matcher.group(2);
    return stage == null ? 0 : stage.equals("beta") ? 1 : 2;
  }

  private static long major(String version) {
    Matcher matcher = FORM.matcher(version);
    return matcher.matches() ? Long.parseLong(matcher.group(1)) : 0;
  }

  private static long minor(String version) {
    Matcher matcher = FORM.matcher(version);
    String minor = matcher.matches() ? matcher.group(3) : null;
    return minor == null ? 0 : Long.parseLong(minor);
  }
}
