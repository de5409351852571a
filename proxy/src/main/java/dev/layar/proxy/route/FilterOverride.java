package dev.layar.proxy.route;

/** What a route or virtual host says to a filter, in place of the listener's configuration. */
public interface FilterOverride {}
