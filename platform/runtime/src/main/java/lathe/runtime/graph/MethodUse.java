package lathe.runtime.graph;

import static java.util.Objects.requireNonNull;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

import com.typesafe.config.ConfigOrigin;

import lathe.runtime.config.RecordValues;
import lathe.runtime.registry.InstalledMethod;
import lathe.spi.Method;
import lathe.spi.Services;
import lathe.spi.kv.Budget;

/**
 * A method as a node uses it.
 *
 * @param installed the method and its bundle
 * @param config    its configuration, bound and checked
 * @param budget    the common settings of an evictor
 * @param path      where it stands in the file, such as {@code graph.serving.cache}
 * @param origin    file and line
 */
public record MethodUse(InstalledMethod installed, Record config, Optional<Budget> budget, String path,
        ConfigOrigin origin) {
    /** Checks that all parts are there. */
    public MethodUse {
        requireNonNull(installed, "installed is null");
        requireNonNull(config, "config is null");
        requireNonNull(budget, "budget is null");
    }

    /**
     * The method's id.
     *
     * @return as in HOCON
     */
    public String id() {
        return installed.id();
    }

    /**
     * Makes the method's object.
     *
     * @param services the node's services
     * @return an object of the method's contract
     */
    public Object create(Services services) {
        return create(installed.method(), config, services);
    }

    private static <C extends Record> Object create(Method<C> method, Record config, Services services) {
        return method.create(method.configType().cast(config), services);
    }

    /**
     * Id and configuration as plain values, for the report and for the address.
     *
     * @return values by key; {@code use} is the id
     */
    public Map<String, Object> values() {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("use", id());
        values.putAll(RecordValues.of(config));
        budget.ifPresent(common -> values.putAll(RecordValues.of(common)));
        return values;
    }
}
