package dev.layar.proxy.admin;

import dev.layar.proxy.config.Bootstrap;
import dev.layar.proxy.config.ConfigStore;
import dev.layar.telemetry.MetricRegistry;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the admin port shows of one workload. Every part may be asked from any thread.
 *
 * @param id node id
 * @param ready whether a first configuration is in effect
 * @param listeners where listeners listen, by name
 * @param chains the request chains of live listeners, for {@code /chain}
 * @param bootstrap null when the workload has no file of its own
 */
public record AdminWorkload(
    String id,
    ConfigStore store,
    MetricRegistry metrics,
    BooleanSupplier ready,
    Supplier<Map<String, InetSocketAddress>> listeners,
    Supplier<String> chains,
    @Nullable Bootstrap bootstrap) {}
