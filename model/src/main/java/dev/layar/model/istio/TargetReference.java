package dev.layar.model.istio;

import dev.layar.model.Doc;
import dev.layar.model.Required;

/** Istio's {@code type.v1beta1.PolicyTargetReference}. */
@Doc("An object that a policy is attached to instead of choosing workloads by label.")
public record TargetReference(
    @Doc("API group of the object; left out: the core group.") String group,
    @Doc("Service, ServiceEntry, Gateway or GatewayClass.") @Required String kind,
    @Doc("Name of the object.") @Required String name,
    @Doc("Refused: the object is in the own namespace.") String namespace) {}
