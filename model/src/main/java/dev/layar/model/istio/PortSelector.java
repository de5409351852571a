package dev.layar.model.istio;

import dev.layar.model.Doc;
import dev.layar.model.Range;

/** A service port by number. */
@Doc("A port of a service.")
public record PortSelector(
    @Doc("Port number, 1 to 65535.") @Range(max = Integer.MAX_VALUE) int number) {}
