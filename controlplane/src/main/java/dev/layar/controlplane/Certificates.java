package dev.layar.controlplane;

import dev.layar.controlplane.ca.CallerVerifier;
import dev.layar.controlplane.ca.CertificateAuthority;
import dev.layar.controlplane.ca.ServerIdentity;
import java.net.InetSocketAddress;

/**
 * Identities for workloads, and a port on which they are asked for.
 *
 * @param authority signs
 * @param verifier says whose a request is
 * @param identity the control plane's own
 * @param address of the port with TLS, which serves ADS and the certificate service, as istiod's
 *     15012; port 0 takes a free one
 */
public record Certificates(
    CertificateAuthority authority,
    CallerVerifier verifier,
    ServerIdentity identity,
    InetSocketAddress address) {}
