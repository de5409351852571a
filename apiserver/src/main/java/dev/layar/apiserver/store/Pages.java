package dev.layar.apiserver.store;

import dev.layar.apiserver.ObjectPage;
import dev.layar.apiserver.StatusException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** Lists in parts: every part shows the revision at which the first one was taken. Thread-safe. */
final class Pages {
  private final Store store;

  Pages(Store store) {
    this.store = store;
  }

  /** Where a list goes on. */
  private record Token(long revision, String namespace, String name) {
    String encode() {
      String text = revision + "/" + namespace + "/" + name;
      return Base64.getUrlEncoder()
          .withoutPadding()
          .encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    static Token decode(String token) {
      try {
        String text = new String(Base64.getUrlDecoder().decode(token), StandardCharsets.UTF_8);
        String[] parts = text.split("/", 3);
        return new Token(Long.parseLong(parts[0]), parts[1], parts[2]);
      } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
        throw Refusals.badRequest("continue key is not valid");
      }
    }
  }

  ObjectPage page(Selection selection, int limit, String continueToken) {
    if (continueToken.isEmpty()) {
      Store.Listing now =
          store.list(selection.query().type().qualified(), selection.query().namespace());
      return cut(selection, now, 0, limit);
    }
    Token token = Token.decode(continueToken);
    String type = selection.query().type().qualified();
    Store.Listing then = store.listAt(type, selection.query().namespace(), token.revision());
    if (then == null) {
      throw tooOld();
    }
    Key last = new Key(type, token.namespace(), token.name());
    return cut(selection, then, firstAfter(then.items(), last), limit);
  }

  private static StatusException tooOld() {
    return Refusals.expired(
        "The provided continue parameter is too old to display a consistent list result. You can"
            + " start a new list without the continue parameter.");
  }

  private static int firstAfter(List<Stored> items, Key last) {
    int low = 0;
    int high = items.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (items.get(middle).key().compareTo(last) <= 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private static ObjectPage cut(Selection selection, Store.Listing all, int from, int limit) {
    List<ObjectNode> out = new ArrayList<>();
    int at = from;
    for (; at < all.items().size() && (limit <= 0 || out.size() < limit); at++) {
      Stored item = all.items().get(at);
      if (selection.matches(item)) {
        out.add(selection.view(item));
      }
    }
    if (at == all.items().size()) {
      return new ObjectPage(out, all.revision(), "", 0);
    }
    Key last = all.items().get(at - 1).key();
    long left = selection.isAll() ? all.items().size() - at : 0; // upstream does not count either
    return new ObjectPage(
        out,
        all.revision(),
        new Token(all.revision(), last.namespace(), last.name()).encode(),
        left);
  }
}
