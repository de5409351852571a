package dev.layar.cli.demo;

/**
 * One thing that was asked of the mesh.
 *
 * @param what what was done, for example {@code 1000 calls from a pod with a sidecar: to v1}
 * @param expected what the manifests promise
 * @param observed what happened
 */
public record Check(String what, String expected, String observed, boolean agrees) {}
