package dev.layar.compiler;

import dev.layar.base.Finding;
import dev.layar.compiler.build.Proxies;
import dev.layar.compiler.build.Proxies.ProxyKey;
import dev.layar.compiler.build.Support;
import dev.layar.compiler.gatewayapi.GatewayStatus;
import dev.layar.compiler.gatewayapi.RouteStatus;
import dev.layar.compiler.gatewayapi.Translation;
import dev.layar.compiler.query.QueryEngine;
import dev.layar.compiler.query.QueryStats;
import dev.layar.compiler.registry.MeshObjects;
import dev.layar.model.ObjectKey;
import dev.layar.model.Resource;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Mesh state and proxy identity in, xDS resources out. A pure function, computed incrementally: an
 * update costs what it changes, and proxies that see the same share results down to the bytes.
 *
 * <p>Thread-safe: one lock around every method; results are immutable and read without it. Bad
 * configuration never throws; what it cannot express is in {@link #compileFindings}.
 */
public final class MeshCompiler {
  /** How many updates a proxy's results outlive its last call of {@link #resources}. */
  private static final int KEEP_UPDATES = 64;

  private final MeshSettings given;
  private MeshSettings settings;

  /** What the settings were read from: read again only when it is another object. */
  private @Nullable Resource<?> meshConfig;

  private Proxies proxies;
  private QueryEngine engine;
  private Translation translation;
  private Map<ObjectKey, Resource<?>> translated = Map.of();
  private MeshState state = MeshState.empty();

  /**
   * @param settings what holds where the mesh's own MeshConfig says nothing
   */
  public MeshCompiler(MeshSettings settings) {
    this.given = settings;
    this.settings = settings;
    this.proxies = new Proxies(settings, MeshState.ORDER);
    this.engine = new QueryEngine(KEEP_UPDATES, proxies.indexes());
    this.translation = new Translation(settings, KEEP_UPDATES, MeshState.ORDER);
  }

  /** What holds for the present state. */
  public synchronized MeshSettings settings() {
    return settings;
  }

  /** The state that {@link #resources} answers for. */
  public synchronized MeshState state() {
    return state;
  }

  /**
   * Moves to another state, usually a later one. Cost: what differs, and with other settings
   * everything; nothing is compiled yet.
   */
  public synchronized void update(MeshState next) {
    Resource<?> map = next.get(MeshConfigMap.key(given.rootNamespace()));
    if (map != meshConfig) {
      meshConfig = map;
      obey(MeshConfigMap.settings(given, map));
    }
    engine.resetStats();
    next.diff(
        state,
        (key, before, after) -> {
          translation.edit(key, after);
          set(key, after);
        });
    translate();
    state = next;
    engine.collect();
  }

  private void obey(MeshSettings now) {
    if (!now.equals(settings)) {
      settings = now;
      proxies = new Proxies(now, MeshState.ORDER);
      engine = new QueryEngine(KEEP_UPDATES, proxies.indexes());
      translation = new Translation(now, KEEP_UPDATES, MeshState.ORDER);
      translated = Map.of();
      state = MeshState.empty();
    }
  }

  /** Objects that stand for others are inputs like those that are written. */
  private void translate() {
    Map<ObjectKey, Resource<?>> now = translation.objects();
    if (now == translated) {
      return;
    }
    for (ObjectKey key : translated.keySet()) {
      if (!now.containsKey(key)) {
        set(key, null);
      }
    }
    now.forEach(
        (key, object) -> {
          if (!object.equals(translated.get(key))) {
            set(key, object);
          }
        });
    translated = now;
  }

  private void set(ObjectKey key, @Nullable Resource<?> object) {
    if (object == null) {
      engine.remove(MeshObjects.OBJECTS, key);
    } else {
      engine.set(MeshObjects.OBJECTS, key, object);
    }
  }

  /** What became of the Gateways of the Gateway API. */
  public synchronized List<GatewayStatus> gatewayStatuses() {
    return translation.gateways();
  }

  /** What became of the routes of the Gateway API. */
  public synchronized List<RouteStatus> routeStatuses() {
    return translation.routes();
  }

  /** Everything a proxy gets in the present state. */
  public synchronized ProxyResources resources(ProxyIdentity proxy) {
    return new ProxyResources(
        engine.get(proxies.resources(), ProxyKey.of(proxy)), state.revision());
  }

  /** Forgets what was computed for a proxy that is gone; optional, it would go in time. */
  public synchronized void release(ProxyIdentity proxy) {
    engine.release(proxies.resources(), ProxyKey.of(proxy));
  }

  /**
   * What the compiler could not do with the present objects, by object: fields that are set and
   * have no effect, references to nothing.
   */
  public synchronized Map<ObjectKey, List<Finding>> compileFindings() {
    Map<ObjectKey, List<Finding>> all = new TreeMap<>(MeshState.ORDER);
    all.putAll(engine.get(proxies.support().all(), Support.everything()));
    all.keySet().removeAll(translated.keySet());
    Resource<?> mesh = state.get(MeshConfigMap.key(given.rootNamespace()));
    if (mesh != null) {
      add(all, mesh.key(), MeshConfigMap.findings(mesh));
    }
    for (GatewayStatus status : translation.gateways()) {
      add(all, status.gateway(), GatewayFindings.of(state, status));
    }
    for (RouteStatus status : translation.routes()) {
      add(all, status.route(), GatewayFindings.of(state, status));
    }
    return Collections.unmodifiableMap(all);
  }

  private static void add(
      Map<ObjectKey, List<Finding>> all, ObjectKey key, List<Finding> findings) {
    if (!findings.isEmpty()) {
      all.merge(
          key, findings, (before, more) -> Stream.concat(before.stream(), more.stream()).toList());
    }
  }

  /** How many values are held, for tests of forgetting. */
  synchronized int heldQueries() {
    return engine.size();
  }

  /** What was computed since the last {@link #update}. */
  public synchronized QueryStats stats() {
    return engine.stats();
  }
}
