package dev.layar.proxy.listener;

import dev.layar.proxy.tls.SecretStore;
import java.time.InstantSource;

/**
 * What TLS toward clients needs.
 *
 * @param clock by which certificates expire
 */
public record TlsWorld(SecretStore secrets, InstantSource clock) {}
