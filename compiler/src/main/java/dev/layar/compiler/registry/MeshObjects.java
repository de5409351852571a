package dev.layar.compiler.registry;

import dev.layar.compiler.query.Input;
import dev.layar.compiler.query.QueryContext;
import dev.layar.model.ObjectKey;
import dev.layar.model.Resource;
import org.jspecify.annotations.Nullable;

/** The one input of the compiler's queries: the objects of the mesh. */
public final class MeshObjects {
  public static final Input<ObjectKey, Resource<?>> OBJECTS = new Input<>("object");

  private MeshObjects() {}

  /** The object, or null when there is none. */
  public static <S> @Nullable Resource<S> read(QueryContext context, ObjectKey key, Class<S> type) {
    Resource<?> object = context.read(OBJECTS, key);
    return object == null ? null : object.as(type);
  }
}
