package dev.layar.xds.server;

import dev.layar.xds.ResourceType;

/**
 * How far one client is with one type.
 *
 * @param subscribed number of subscribed names, -1 for a wildcard subscription
 * @param sentRevision revision of the newest response, -1 when there was none
 * @param ackedRevision newest revision that was accepted, -1 when there was none
 * @param nackedRevision newest revision that was refused, -1 when there was none
 * @param nackText the refusal's text; empty when the newest answered response was accepted
 * @param responses responses sent on this stream
 * @param nacks refusals on this stream
 */
public record TypeStatus(
    ResourceType type,
    int subscribed,
    long sentRevision,
    long ackedRevision,
    long nackedRevision,
    String nackText,
    long responses,
    long nacks) {

  /** Whether the client's last word on this type was a refusal. */
  public boolean nacked() {
    return !nackText.isEmpty();
  }
}
