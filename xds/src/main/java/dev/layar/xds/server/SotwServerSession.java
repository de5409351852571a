package dev.layar.xds.server;

import dev.layar.xds.ResourceType;
import dev.layar.xds.XdsResource;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The state-of-the-world variant ({@code StreamAggregatedResources}): clusters and listeners are
 * sent whole, so that absence means removal; endpoints, routes and secrets are sent as far as they
 * changed, and absence means nothing.
 */
public final class SotwServerSession extends ServerSession<DiscoveryRequest, DiscoveryResponse> {

  public SotwServerSession(SessionLimits limits) {
    super(limits);
  }

  @Override
  public RequestOutcome onRequest(DiscoveryRequest request) {
    ResourceType type = ResourceType.ofTypeUrl(request.getTypeUrl());
    if (type == null) {
      return RequestOutcome.UNKNOWN_TYPE;
    }
    List<String> names = request.getResourceNamesList();
    if (names.size() > limits.namesPerType() || names.stream().anyMatch(this::tooLong)) {
      return RequestOutcome.OVER_LIMIT;
    }
    Subscription subscription = subscription(type);
    RequestOutcome outcome =
        request.getResponseNonce().isEmpty()
            ? RequestOutcome.SUBSCRIBED
            : subscription.answered(
                request.getResponseNonce(),
                request.hasErrorDetail(),
                request.getErrorDetail().getMessage());
    subscribe(subscription, new LinkedHashSet<>(names));
    settle();
    return outcome;
  }

  /**
   * The list is always the client's whole interest at the time of sending, and a stream keeps
   * order; so it is taken over even from a request whose verdict is stale.
   */
  private void subscribe(Subscription subscription, Set<String> names) {
    boolean first = !subscription.seen;
    subscription.seen = true;
    boolean legacyWildcard =
        names.isEmpty() && subscription.type.wildcard() && (first || subscription.wildcard);
    boolean wildcard = names.remove(DeltaServerSession.WILDCARD) || legacyWildcard;
    if (wildcard && !subscription.wildcard) {
      subscription.subscribeToAll();
      subscription.owesAnswer = true;
    }
    for (String name : names) {
      if (!subscription.names.contains(name)) {
        subscription.subscribe(name);
        subscription.owesAnswer = true;
      }
    }
    if (!wildcard && subscription.wildcard) {
      subscription.unsubscribeFromAll();
    }
    if (subscription.names.size() > names.size()) {
      List<String> held = subscription.names.toList();
      held.stream().filter(name -> !names.contains(name)).forEach(subscription::unsubscribe);
    }
    shareNames(subscription);
  }

  private static boolean whole(ResourceType type) {
    return type.wildcard();
  }

  @Override
  boolean tells(Subscription subscription, Batch batch) {
    return whole(subscription.type) ? !batch.isEmpty() : !batch.changed().isEmpty();
  }

  @Override
  boolean splits() {
    return false;
  }

  @Override
  DiscoveryResponse response(Subscription subscription, Batch batch, String nonce) {
    List<XdsResource> resources = whole(subscription.type) ? state(subscription) : batch.changed();
    DiscoveryResponse.Builder response =
        DiscoveryResponse.newBuilder()
            .setTypeUrl(subscription.type.typeUrl())
            .setNonce(nonce)
            .setVersionInfo(Long.toString(targetRevision()));
    resources.forEach(resource -> response.addResources(resource.body()));
    return response.build();
  }
}
