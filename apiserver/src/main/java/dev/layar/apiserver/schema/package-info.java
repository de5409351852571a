/** What kinds look like: types of fields, from protobuf descriptors and from OpenAPI schemas. */
@NullMarked
package dev.layar.apiserver.schema;

import org.jspecify.annotations.NullMarked;
