package dev.layar.local.controllers;

import dev.layar.apiserver.StatusException;
import dev.layar.local.kube.Controller;
import dev.layar.local.kube.Key;
import dev.layar.local.kube.Kube;
import dev.layar.local.kube.Trees;
import dev.layar.local.kube.Triggers;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * What every namespace has: the ServiceAccount {@code default} and the ConfigMap {@code
 * kube-root-ca.crt}. Runner-confined.
 */
final class Accounts implements Controller {
  private static final String ACCOUNT = "default";
  private static final String ROOT = "kube-root-ca.crt";
  private static final int CONFLICT = 409;
  private static final int FORBIDDEN = 403;

  private final Kube kube;
  private final String rootCertificate;

  Accounts(Kube kube, String rootCertificate) {
    this.kube = kube;
    this.rootCertificate = rootCertificate;
  }

  @Override
  public String name() {
    return "serviceaccount";
  }

  @Override
  public void watch(Triggers triggers) {
    triggers.onEach(Kinds.NAMESPACE);
    triggers.on(Kinds.SERVICE_ACCOUNT, Accounts::home);
    triggers.on(Kinds.CONFIG_MAP, Accounts::home);
  }

  private static List<Key> home(ObjectNode object) {
    boolean ours = Trees.name(object).equals(ACCOUNT) || Trees.name(object).equals(ROOT);
    return ours ? List.of(new Key("", Trees.namespace(object))) : List.of();
  }

  @Override
  public @Nullable Duration reconcile(Key key) {
    ObjectNode namespace = kube.informer(Kinds.NAMESPACE).get("", key.name());
    if (namespace == null || Trees.isDeleting(namespace)) {
      return null;
    }
    if (kube.informer(Kinds.SERVICE_ACCOUNT).get(key.name(), ACCOUNT) == null) {
      make(Kinds.SERVICE_ACCOUNT, key.name(), ACCOUNT, Trees.object());
    }
    if (kube.informer(Kinds.CONFIG_MAP).get(key.name(), ROOT) == null) {
      make(
          Kinds.CONFIG_MAP,
          key.name(),
          ROOT,
          Trees.object("data", Trees.object("ca.crt", rootCertificate)));
    }
    return null;
  }

  private void make(String kind, String namespace, String name, ObjectNode body) {
    body.set("metadata", Trees.object("name", name, "namespace", namespace));
    try {
      kube.create(kind, namespace, body);
    } catch (StatusException e) {
      // Somebody else made it, or the namespace is being deleted; the watch will tell which.
      if (e.code() != CONFLICT && e.code() != FORBIDDEN) {
        throw e;
      }
    }
  }
}
