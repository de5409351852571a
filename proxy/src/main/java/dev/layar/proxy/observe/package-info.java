/** What is written down about a stream: its facts, access-log formats and logs. */
@NullMarked
package dev.layar.proxy.observe;

import org.jspecify.annotations.NullMarked;
