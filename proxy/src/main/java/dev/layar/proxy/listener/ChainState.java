package dev.layar.proxy.listener;

import dev.layar.proxy.config.FilterChain;
import dev.layar.proxy.stream.ConnectionSet;
import dev.layar.proxy.stream.HttpContext;
import java.util.List;

/**
 * A filter chain at work: its context and, per loop, its connections.
 *
 * @param connections by loop index; each confined to its loop
 */
record ChainState(FilterChain chain, HttpContext http, List<ConnectionSet> connections) {}
