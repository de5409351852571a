package dev.layar.xds.server;

import dev.layar.xds.ResourceSet;
import dev.layar.xds.ResourceType;
import dev.layar.xds.XdsResource;
import dev.layar.xds.XdsSnapshot;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The server's half of one xDS stream, without transport: requests and snapshots go in, responses
 * are polled out. Confined to one thread at a time; the caller locks.
 *
 * <h2>Implementation notes</h2>
 *
 * <ol>
 *   <li><b>Pull.</b> Nothing is computed before the transport can take it: {@link #poll} is called
 *       while the transport is ready, so a slow reader costs its own session and one pending
 *       snapshot, whatever happens in the mesh.
 *   <li><b>One response a type.</b> A type has at most one response that is not answered. What
 *       falls due meanwhile is remembered as names (<i>owed</i>), never as messages.
 *   <li><b>One push at a time.</b> A push runs through {@link PushStep}; a step begins when
 *       everything sent by the steps before it is answered. A newer snapshot waits, replacing the
 *       one that waited before it, until the push is done; so a push always ends and routes are not
 *       starved by a storm of endpoint changes.
 *   <li><b>A refusal is an answer.</b> What was sent counts as sent, so that a refused version is
 *       sent once and again only when its content changes. There is no path from a refusal to a
 *       response.
 *   <li><b>New clusters are awaited.</b> After clusters were added, listeners and routes wait until
 *       the client has asked for the endpoints of the new ones and answered them; otherwise a route
 *       could be live before its cluster is warm. A client that does not ask is let go on by {@link
 *       #stopAwaiting}, which the transport calls after a while.
 *   <li><b>Changed clusters get their endpoints again.</b> Envoy warms a changed cluster anew and
 *       asks with an unchanged list of names; the endpoints go out after the clusters' answer
 *       without being asked.
 *   <li><b>The first answer always goes out.</b> A wildcard subscription is answered even when
 *       there is nothing to say, as after a reconnection to an unchanged state: a fresh client
 *       waits for it, and its acknowledgement proves that the subscriptions which the client sent
 *       together with this one have arrived. Only then is the client settled, and only then is
 *       removed what it still holds from before.
 * </ol>
 *
 * DEVIATION: istiod sends one type after the other without waiting for answers.
 *
 * @param <Q> the request message
 * @param <R> the response message
 */
public abstract sealed class ServerSession<Q, R> permits DeltaServerSession, SotwServerSession {
  final SessionLimits limits;
  private final EnumMap<ResourceType, Subscription> subscriptions =
      new EnumMap<>(ResourceType.class);
  private final Set<String> awaitedEndpoints = new HashSet<>();
  private XdsSnapshot target = XdsSnapshot.NOTHING;
  private @Nullable XdsSnapshot pending;
  private PushStep step = PushStep.DONE;
  private long settledRevision = -1;
  private long nonces;

  ServerSession(SessionLimits limits) {
    this.limits = limits;
    for (ResourceType type : ResourceType.values()) {
      subscriptions.put(type, new Subscription(type));
    }
  }

  /** Applies one request. The caller polls afterwards, whatever the outcome. */
  public abstract RequestOutcome onRequest(Q request);

  /** Builds a response; the batch holds what is due, the subscription already counts it as sent. */
  abstract R response(Subscription subscription, Batch batch, String nonce);

  /** Whether the protocol has a way to say what the batch says. */
  abstract boolean tells(Subscription subscription, Batch batch);

  /** Whether a response may be split; what is left of a batch is then owed. */
  abstract boolean splits();

  /** Gives the session something newer to bring to its client; an older offer is dropped. */
  public final void offer(XdsSnapshot snapshot) {
    XdsSnapshot newest = pending == null ? target : pending;
    if (snapshot.revision() > newest.revision()) {
      pending = snapshot;
    }
  }

  /** The next response to send, or null when there is none until a request or an offer comes. */
  public final @Nullable R poll() {
    while (true) {
      R owed = pollOwed();
      if (owed != null) {
        return owed;
      }
      if (step == PushStep.DONE && !beginPending()) {
        settle();
        return null;
      }
      if (gated()) {
        return null;
      }
      R pushed = step.removal() ? remove(step.type()) : add(step.type());
      step = step.next();
      if (pushed != null) {
        return pushed;
      }
    }
  }

  /**
   * The newest revision that the client has fully answered: everything of it that concerns the
   * client was sent, and each response accepted or refused. -1 before the first.
   */
  public final long settledRevision() {
    return settledRevision;
  }

  /** The newest revision that was offered, -1 before the first. */
  public final long newestRevision() {
    return pending == null ? target.revision() : pending.revision();
  }

  /** The names that the client subscribed to, by type; {@code *} for all. */
  public final Map<ResourceType, List<String>> subscriptionNames() {
    EnumMap<ResourceType, List<String>> names = new EnumMap<>(ResourceType.class);
    for (Subscription subscription : subscriptions.values()) {
      if (subscription.seen) {
        List<String> own = new ArrayList<>(subscription.names.toList());
        if (subscription.wildcard) {
          own.add(DeltaServerSession.WILDCARD);
        }
        names.put(subscription.type, own);
      }
    }
    return names;
  }

  /** Whether the push waits for the client to ask for the endpoints of new clusters. */
  public final boolean awaitsEndpointRequests() {
    return !awaitedEndpoints.isEmpty();
  }

  /** Ends that wait; called by the transport when it took too long. */
  public final void stopAwaiting() {
    awaitedEndpoints.clear();
  }

  /** Where the client stands with every type it asked for, in push order. */
  public final List<TypeStatus> status() {
    return subscriptions.values().stream()
        .filter(subscription -> subscription.seen)
        .map(Subscription::status)
        .toList();
  }

  final Subscription subscription(ResourceType type) {
    Subscription subscription = subscriptions.get(type);
    if (subscription == null) {
      throw new IllegalStateException("no subscription for " + type);
    }
    return subscription;
  }

  final boolean tooLong(String name) {
    return name.length() > limits.nameLength();
  }

  final long targetRevision() {
    return target.revision();
  }

  /** Lets go of own copies of names that all clients of the same scope subscribe to. */
  final void shareNames(Subscription subscription) {
    ResourceSet set = target.set(subscription.type);
    if (subscription.names.mayShare(set.size())) {
      subscription.names.share(set.detachedNames());
    }
  }

  /** Everything of this type that the client is to have now, with what is not yet taken away. */
  final List<XdsResource> state(Subscription subscription) {
    ResourceSet set = target.set(subscription.type);
    List<XdsResource> state = new ArrayList<>();
    for (XdsResource resource : set.resources()) {
      if (subscription.interested(resource.name())) {
        state.add(resource);
      }
    }
    for (XdsResource resource : subscription.departing.resources()) {
      if (!set.contains(resource.name()) && subscription.interested(resource.name())) {
        state.add(resource);
      }
    }
    return state;
  }

  private boolean beginPending() {
    if (pending == null) {
      return false;
    }
    target = pending;
    pending = null;
    step = PushStep.CLUSTERS;
    return true;
  }

  final void settle() {
    if (step == PushStep.DONE && subscriptions.values().stream().noneMatch(this::unsettled)) {
      settledRevision = target.revision();
    }
  }

  private boolean unsettled(Subscription subscription) {
    return subscription.outstanding() || subscription.owing();
  }

  private boolean gated() {
    for (Subscription subscription : subscriptions.values()) {
      boolean own = !step.removal() && subscription.type == step.type();
      boolean earlier = step.removal() || PushStep.of(subscription.type).compareTo(step) < 0;
      if ((own && subscription.outstanding()) || (earlier && unsettled(subscription))) {
        return true;
      }
    }
    if (step == PushStep.LISTENERS) {
      Subscription endpoints = subscription(ResourceType.ENDPOINT);
      awaitedEndpoints.removeIf(endpoints::interested);
      return !awaitedEndpoints.isEmpty();
    }
    return false;
  }

  /** Answers new subscriptions of types that the running push has already passed. */
  private @Nullable R pollOwed() {
    if (target == XdsSnapshot.NOTHING) {
      return null;
    }
    for (Subscription subscription : subscriptions.values()) {
      boolean passed = PushStep.of(subscription.type).compareTo(step) < 0;
      if (passed && subscription.owing() && !subscription.outstanding()) {
        R answer = send(subscription, due(subscription, ResourceSet.Changes.NONE));
        if (answer != null) {
          return answer;
        }
      }
    }
    return null;
  }

  private @Nullable R add(ResourceType type) {
    Subscription subscription = subscription(type);
    ResourceSet before = subscription.sent;
    ResourceSet now = target.set(type);
    subscription.sent = now;
    if (!subscription.seen) {
      return null;
    }
    ResourceSet.Changes changes = now.since(before);
    if (type == ResourceType.CLUSTER) {
      awaitedEndpoints.clear();
    }
    if (changes.isNothing() && !subscription.owing() && subscription.known.isEmpty()) {
      return null;
    }
    if (PushStep.defersRemoval(type)) {
      deferRemovals(subscription, before, changes);
    }
    Batch batch = due(subscription, changes);
    if (type == ResourceType.CLUSTER) {
      expectWarming(batch, before);
    }
    return send(subscription, batch);
  }

  private void deferRemovals(
      Subscription subscription, ResourceSet before, ResourceSet.Changes changes) {
    if (!changes.removed().isEmpty()) {
      subscription.departing = before;
    }
    for (String name : subscription.known.keySet()) {
      if (!subscription.sent.contains(name) && subscription.interested(name)) {
        subscription.departingKnown.add(name);
      }
    }
  }

  private @Nullable R remove(ResourceType type) {
    Subscription subscription = subscription(type);
    if (subscription.departing.isEmpty() && subscription.departingKnown.isEmpty()) {
      return null;
    }
    ResourceSet now = subscription.sent;
    Set<String> removed = new LinkedHashSet<>();
    for (String name : now.since(subscription.departing).removed()) {
      if (subscription.interested(name)) {
        removed.add(name);
      }
    }
    for (String name : subscription.departingKnown) {
      if (subscription.interested(name) && !now.contains(name)) {
        removed.add(name);
      }
    }
    subscription.departing = ResourceSet.EMPTY;
    subscription.departingKnown.clear();
    return send(subscription, new Batch(List.of(), removed));
  }

  /** What the client lacks after these changes, with what it is owed anyway. */
  private Batch due(Subscription subscription, ResourceSet.Changes changes) {
    ResourceSet now = target.set(subscription.type);
    Set<String> names = new LinkedHashSet<>();
    if (subscription.owesAll) {
      names.addAll(now.names());
      names.addAll(subscription.known.keySet());
    }
    names.addAll(subscription.owed);
    for (String name : changes.changed()) {
      if (subscription.interested(name)) {
        names.add(name);
      }
    }
    List<XdsResource> changed = new ArrayList<>();
    Set<String> removed = new LinkedHashSet<>();
    for (String name : names) {
      XdsResource resource = now.get(name);
      if (resource == null) {
        if (!departs(subscription, name)) {
          removed.add(name);
        }
      } else if (!subscription.holds(resource)) {
        changed.add(resource);
      }
    }
    if (!PushStep.defersRemoval(subscription.type)) {
      changes.removed().stream().filter(subscription::interested).forEach(removed::add);
    }
    return new Batch(changed, removed);
  }

  private static boolean departs(Subscription subscription, String name) {
    return subscription.departing.contains(name) || subscription.departingKnown.contains(name);
  }

  /** Implementation notes 5 and 6. */
  private void expectWarming(Batch sent, ResourceSet before) {
    Subscription endpoints = subscription(ResourceType.ENDPOINT);
    if (!endpoints.active()) {
      return;
    }
    ResourceSet assignments = target.set(ResourceType.ENDPOINT);
    for (XdsResource cluster : sent.changed()) {
      String name = cluster.name();
      if (!assignments.contains(name)) {
        continue;
      }
      if (endpoints.interested(name)) {
        endpoints.known.remove(name);
        endpoints.owed.add(name);
      } else if (!before.contains(name)) {
        awaitedEndpoints.add(name);
      }
    }
  }

  private @Nullable R send(Subscription subscription, Batch batch) {
    boolean asked = subscription.owesAnswer;
    subscription.settleDebts();
    if (!asked && !tells(subscription, batch)) {
      return null;
    }
    Batch now = splits() ? firstPart(subscription, batch) : batch;
    String nonce = Long.toString(++nonces);
    R response = response(subscription, now, nonce);
    subscription.sentResponse(nonce, target.revision());
    return response;
  }

  private Batch firstPart(Subscription subscription, Batch batch) {
    long bytes = 0;
    int fits = 0;
    for (XdsResource resource : batch.changed()) {
      bytes += resource.body().getValue().size();
      if (fits > 0 && bytes > limits.responseBytes()) {
        break;
      }
      fits++;
    }
    for (XdsResource later : batch.changed().subList(fits, batch.changed().size())) {
      subscription.owed.add(later.name());
    }
    return new Batch(batch.changed().subList(0, fits), batch.removed());
  }
}
