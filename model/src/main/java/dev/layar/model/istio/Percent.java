package dev.layar.model.istio;

import dev.layar.model.Doc;

/** Istio's Percent: a share from 0.0 to 100.0, in steps of 0.0001. */
@Doc("A share of requests.")
public record Percent(@Doc("From 0.0 to 100.0; the smallest step is 0.0001.") double value) {}
