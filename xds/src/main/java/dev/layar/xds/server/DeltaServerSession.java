package dev.layar.xds.server;

import dev.layar.xds.ResourceType;
import dev.layar.xds.XdsResource;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import java.util.List;

/**
 * The incremental variant ({@code DeltaAggregatedResources}): only what changed is sent, removals
 * are explicit, and a client that reconnects names the versions it holds, so that an unchanged
 * state costs nothing but the comparison.
 */
public final class DeltaServerSession
    extends ServerSession<DeltaDiscoveryRequest, DeltaDiscoveryResponse> {
  static final String WILDCARD = "*";

  public DeltaServerSession(SessionLimits limits) {
    super(limits);
  }

  @Override
  public RequestOutcome onRequest(DeltaDiscoveryRequest request) {
    ResourceType type = ResourceType.ofTypeUrl(request.getTypeUrl());
    if (type == null) {
      return RequestOutcome.UNKNOWN_TYPE;
    }
    Subscription subscription = subscription(type);
    if (overLimit(subscription, request)) {
      return RequestOutcome.OVER_LIMIT;
    }
    RequestOutcome outcome =
        request.getResponseNonce().isEmpty()
            ? RequestOutcome.SUBSCRIBED
            : subscription.answered(
                request.getResponseNonce(),
                request.hasErrorDetail(),
                request.getErrorDetail().getMessage());
    subscribe(subscription, request);
    settle();
    return outcome;
  }

  private boolean overLimit(Subscription subscription, DeltaDiscoveryRequest request) {
    List<String> names = request.getResourceNamesSubscribeList();
    long added = names.stream().filter(name -> !subscription.names.contains(name)).count();
    return subscription.names.size() + added > limits.namesPerType()
        || request.getInitialResourceVersionsCount() > limits.namesPerType()
        || names.stream().anyMatch(this::tooLong);
  }

  /**
   * Subscriptions change whatever the nonce says; only the verdict of a stale request is void
   * ({@code Envoy xDS protocol, "Incremental xDS"}).
   */
  private void subscribe(Subscription subscription, DeltaDiscoveryRequest request) {
    boolean first = !subscription.seen;
    subscription.seen = true;
    List<String> subscribed = request.getResourceNamesSubscribeList();
    if (first) {
      subscription.known.putAll(request.getInitialResourceVersionsMap());
      if (subscribed.isEmpty() && subscription.type.wildcard()) {
        subscription.subscribeToAll();
      }
    }
    for (String name : subscribed) {
      if (name.equals(WILDCARD)) {
        subscription.subscribeToAll();
      } else {
        subscription.subscribe(name);
      }
    }
    if (first && subscription.wildcard) {
      subscription.owesAnswer = true;
    }
    for (String name : request.getResourceNamesUnsubscribeList()) {
      if (name.equals(WILDCARD)) {
        subscription.unsubscribeFromAll();
      } else {
        subscription.unsubscribe(name);
      }
    }
    shareNames(subscription);
  }

  @Override
  boolean tells(Subscription subscription, Batch batch) {
    return !batch.isEmpty();
  }

  @Override
  boolean splits() {
    return true;
  }

  @Override
  DeltaDiscoveryResponse response(Subscription subscription, Batch batch, String nonce) {
    DeltaDiscoveryResponse.Builder response =
        DeltaDiscoveryResponse.newBuilder()
            .setTypeUrl(subscription.type.typeUrl())
            .setNonce(nonce)
            .setSystemVersionInfo(Long.toString(targetRevision()))
            .addAllRemovedResources(batch.removed());
    for (XdsResource resource : batch.changed()) {
      response.addResources(
          Resource.newBuilder()
              .setName(resource.name())
              .setVersion(resource.version())
              .setResource(resource.body()));
    }
    return response.build();
  }
}
