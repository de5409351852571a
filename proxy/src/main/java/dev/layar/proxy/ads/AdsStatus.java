package dev.layar.proxy.ads;

/**
 * How the connection to the control plane is doing.
 *
 * @param connected whether a stream is open and has delivered something
 * @param streams streams opened so far
 * @param responses responses received so far
 * @param lastFailure why the last stream ended, empty when none did
 */
public record AdsStatus(boolean connected, long streams, long responses, String lastFailure) {}
