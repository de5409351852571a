package dev.layar.model;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The component is a choice whose members are written as fields of the enclosing object (a protobuf
 * {@code oneof}). Its type is a sealed interface whose permitted records have one component each,
 * named as the field is.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Inline {}
