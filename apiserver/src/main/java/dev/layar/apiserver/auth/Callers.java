package dev.layar.apiserver.auth;

import dev.layar.apiserver.Caller;
import java.util.ArrayList;
import java.util.List;

/** The callers that Kubernetes knows by name. */
public final class Callers {
  public static final String AUTHENTICATED = "system:authenticated";
  public static final String MASTERS = "system:masters";

  /** Who shows nothing. */
  public static final Caller ANONYMOUS =
      new Caller("system:anonymous", "", List.of("system:unauthenticated"));

  /** Who holds the administrator's token. */
  public static final Caller ADMIN = new Caller("layar-admin", "", List.of(MASTERS, AUTHENTICATED));

  private Callers() {}

  /** A service account, with the groups that Kubernetes gives it. */
  public static Caller serviceAccount(String namespace, String name, String uid) {
    return new Caller(
        "system:serviceaccount:" + namespace + ":" + name,
        uid,
        List.of("system:serviceaccounts", "system:serviceaccounts:" + namespace, AUTHENTICATED));
  }

  /** Somebody with a client certificate. */
  public static Caller certified(String user, List<String> groups) {
    List<String> all = new ArrayList<>(groups);
    if (!all.contains(AUTHENTICATED)) {
      all.add(AUTHENTICATED);
    }
    return new Caller(user, "", all);
  }
}
