package dev.layar.model.istio;

import dev.layar.model.Doc;
import dev.layar.model.Required;
import org.jspecify.annotations.Nullable;

/** Istio's Destination: a service, or a subset of one, that traffic is sent to. */
@Doc("Where traffic is sent: a service of the registry, optionally a subset and a port.")
public record Destination(
    @Doc(
            "Name in the service registry. A name without a dot is looked up in the namespace of"
                + " the rule, not of the caller.")
        @Required
        String host,
    @Doc("Name of a subset that a DestinationRule for the host defines; empty: the whole service.")
        String subset,
    @Doc("Port of the service; may be left out when it has only one.")
        @Nullable PortSelector port) {}
