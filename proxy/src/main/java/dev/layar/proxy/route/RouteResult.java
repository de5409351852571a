package dev.layar.proxy.route;

/** What looking a request up gives: the route that decides, or why there is none. */
public sealed interface RouteResult permits RouteEntry, RouteMiss {}
