package dev.layar.apiserver.http;

import dev.layar.apiserver.Caller;
import dev.layar.apiserver.auth.Attributes;
import dev.layar.apiserver.auth.Callers;
import dev.layar.apiserver.auth.Rbac;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code kubectl --as}: a caller who may {@code impersonate} asks as somebody else (Kubernetes,
 * "User impersonation"). Stateless. DEVIATION: {@code Impersonate-Extra-} headers are refused.
 */
final class Impersonation {
  private static final String USER = "Impersonate-User";
  private static final String GROUP = "Impersonate-Group";
  private static final String UID = "Impersonate-Uid";
  private static final String EXTRA = "impersonate-extra-";
  private static final String SERVICE_ACCOUNT = "system:serviceaccount:";

  private Impersonation() {}

  /** Whether any of the headers is there. */
  static boolean isWanted(Exchange exchange) {
    return exchange.allHeaders().names().stream()
        .anyMatch(name -> name.regionMatches(true, 0, "Impersonate-", 0, 12));
  }

  /** Who the caller wants to be; refuses who may not. */
  static Caller of(Exchange exchange, Rbac rbac) {
    if (exchange.allHeaders().names().stream()
        .anyMatch(name -> name.regionMatches(true, 0, EXTRA, 0, EXTRA.length()))) {
      throw Statuses.badRequest("Impersonate-Extra- headers are not supported");
    }
    String user = exchange.header(USER);
    if (user.isEmpty()) {
      throw Statuses.badRequest("impersonation needs the header " + USER);
    }
    List<String> groups = exchange.headers(GROUP);
    String uid = exchange.header(UID);
    String[] account =
        user.startsWith(SERVICE_ACCOUNT)
            ? user.substring(SERVICE_ACCOUNT.length()).split(":", 2)
            : new String[0];
    if (account.length == 2) {
      require(
          exchange,
          rbac,
          new Attributes("impersonate", "", "serviceaccounts", "", account[0], account[1], ""));
    } else {
      require(exchange, rbac, named("", "users", user));
    }
    groups.forEach(group -> require(exchange, rbac, named("", "groups", group)));
    if (!uid.isEmpty()) {
      require(exchange, rbac, named("authentication.k8s.io", "uids", uid));
    }
    if (account.length == 2 && groups.isEmpty()) {
      return Callers.serviceAccount(account[0], account[1], uid);
    }
    List<String> all = new ArrayList<>(groups);
    if (!all.contains(Callers.AUTHENTICATED) && !user.equals(Callers.ANONYMOUS.user())) {
      all.add(Callers.AUTHENTICATED);
    }
    return new Caller(user, uid, all);
  }

  private static Attributes named(String group, String resource, String name) {
    return new Attributes("impersonate", group, resource, "", "", name, "");
  }

  private static void require(Exchange exchange, Rbac rbac, Attributes wish) {
    if (!rbac.allows(exchange.caller(), wish)) {
      throw Refusals.forbidden(exchange.caller(), wish);
    }
  }
}
