/**
 * Who may do what: certificates and tokens that prove who asks, and the stored roles that say what
 * is allowed. Knows nothing of HTTP.
 */
@NullMarked
package dev.layar.apiserver.auth;

import org.jspecify.annotations.NullMarked;
