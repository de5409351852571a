/** TLS toward clients and upstreams: certificates, secrets, verification of peers. */
@NullMarked
package dev.layar.proxy.tls;

import org.jspecify.annotations.NullMarked;
