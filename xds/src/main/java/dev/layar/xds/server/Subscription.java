package dev.layar.xds.server;

import dev.layar.xds.ResourceSet;
import dev.layar.xds.ResourceType;
import dev.layar.xds.XdsResource;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * One type on one stream: what the client asked for, what it holds, what it is owed and which
 * response it has not answered yet. Confined to its session.
 *
 * <p>What the client holds is not stored by name: it is {@link #sent}, a set shared with every
 * other client that got it, narrowed to the names subscribed, less what is {@link #owed}.
 */
final class Subscription {
  final ResourceType type;

  /** Whether the stream has asked for this type at all. */
  boolean seen;

  boolean wildcard;
  final NameSet names = new NameSet();

  /** What the client holds or has on its way, as far as it is interested. */
  ResourceSet sent = ResourceSet.EMPTY;

  /** The set before {@link #sent}, while removals from it are still to be announced. */
  ResourceSet departing = ResourceSet.EMPTY;

  /** Names held since before the stream began whose removal is still to be announced. */
  final Set<String> departingKnown = new LinkedHashSet<>();

  /** Names that must be answered although they did not change; a missing one is answered so. */
  Set<String> owed = new LinkedHashSet<>();

  /** Whether the whole type is owed, as after a wildcard subscription. */
  boolean owesAll;

  /** Whether a response is due even if it says nothing: a fresh client waits for one. */
  boolean owesAnswer;

  /** Versions that the client said it holds when the stream began; dropped once compared. */
  Map<String, String> known = new HashMap<>();

  /** Nonce of the response that is not answered yet, empty when there is none. */
  String nonce = "";

  /** The last nonce that was answered; a later change of a subscription repeats it. */
  private String answeredBefore = "";

  long revisionOnTheWay = -1;
  long sentRevision = -1;
  long ackedRevision = -1;
  long nackedRevision = -1;
  String nackText = "";
  long responses;
  long nacks;

  Subscription(ResourceType type) {
    this.type = type;
  }

  boolean interested(String name) {
    return wildcard || names.contains(name);
  }

  boolean active() {
    return wildcard || !names.isEmpty();
  }

  boolean outstanding() {
    return !nonce.isEmpty();
  }

  boolean owing() {
    return owesAll || owesAnswer || !owed.isEmpty();
  }

  void subscribeToAll() {
    wildcard = true;
    owesAll = true;
  }

  void subscribe(String name) {
    names.add(name);
    owed.add(name);
  }

  /**
   * Under a wildcard the name stays of interest, and the client must be told so: the protocol asks
   * for the resource to be sent again.
   */
  void unsubscribe(String name) {
    if (!names.remove(name)) {
      return;
    }
    owed.remove(name);
    if (wildcard) {
      owed.add(name);
    }
    letGo();
  }

  void unsubscribeFromAll() {
    wildcard = false;
    owesAll = false;
    letGo();
  }

  /** A client without any interest left may never answer what is on its way. */
  private void letGo() {
    if (!active()) {
      nonce = "";
      owesAnswer = false;
    }
  }

  /** Whether the client already holds this version, as it said when the stream began. */
  boolean holds(XdsResource resource) {
    return resource.version().equals(known.get(resource.name()));
  }

  void settleDebts() {
    owesAll = false;
    owesAnswer = false;
    if (!owed.isEmpty()) {
      owed = new LinkedHashSet<>(); // a cleared one would keep the room for all that was owed
    }
    if (!known.isEmpty()) {
      known = new HashMap<>();
    }
  }

  void sentResponse(String newNonce, long revision) {
    nonce = newNonce;
    revisionOnTheWay = revision;
    sentRevision = revision;
    responses++;
  }

  /** The verdict of a request that carries a nonce. */
  RequestOutcome answered(String answeredNonce, boolean refused, String text) {
    if (nonce.isEmpty() && answeredNonce.equals(answeredBefore)) {
      return RequestOutcome.SUBSCRIBED;
    }
    if (nonce.isEmpty() || !answeredNonce.equals(nonce)) {
      return RequestOutcome.STALE;
    }
    nonce = "";
    answeredBefore = answeredNonce;
    if (!refused) {
      ackedRevision = revisionOnTheWay;
      nackText = "";
      return RequestOutcome.ACKED;
    }
    nackedRevision = revisionOnTheWay;
    nackText = bounded(text);
    nacks++;
    return RequestOutcome.NACKED;
  }

  private static String bounded(String text) {
    if (text.isEmpty()) {
      return "refused without a reason";
    }
    return text.length() <= SessionLimits.NACK_TEXT_LENGTH
        ? text
        : text.substring(0, SessionLimits.NACK_TEXT_LENGTH);
  }

  TypeStatus status() {
    return new TypeStatus(
        type,
        wildcard ? -1 : names.size(),
        sentRevision,
        ackedRevision,
        nackedRevision,
        nackText,
        responses,
        nacks);
  }
}
