package dev.layar.model.gatewayapi;

import dev.layar.model.Doc;
import dev.layar.model.Range;
import dev.layar.model.Required;

/** The Gateway API's ParentReference. */
@Doc("A gateway, or a service of the mesh, that a route attaches to.")
public record ParentReference(
    @Doc("Its API group; left out: gateway.networking.k8s.io.") String group,
    @Doc("Gateway or Service; left out: Gateway.") String kind,
    @Doc("Its namespace; left out: the route's.") String namespace,
    @Doc("Its name.") @Required String name,
    @Doc("One listener of the gateway; left out: all.") String sectionName,
    @Doc("One port; left out: all.") @Range(max = 65535) int port) {}
