package dev.layar.model.k8s;

import dev.layar.model.Doc;
import dev.layar.model.Open;

/** Kubernetes' Namespace; what matters of it is in its labels. */
@Open
@Doc("A scope for names; its label istio-injection turns sidecars on.")
public record Namespace() {}
