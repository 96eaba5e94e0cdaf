package lathe.runtime.registry;

import java.util.List;
import java.util.stream.Stream;

import lathe.models.evaluation.BuiltInMetrics;
import lathe.models.evaluation.GeneratedTasks;
import lathe.runtime.source.BuiltInSources;
import lathe.spi.Kind;
import lathe.spi.Method;
import lathe.spi.Plugin;

/** The methods that the platform itself brings: metrics, tasks that ask questions, sources. They are listed beside those of plugins. */
public final class BuiltInMethods implements Plugin {
    /** The name under which they are listed. */
    public static final String SOURCE = "lathe";

    @Override
    public List<Method<?>> methods() {
        return Stream.of(BuiltInMetrics.methods(), GeneratedTasks.methods(), BuiltInSources.methods())
                .flatMap(List::stream).toList();
    }

    /**
     * Adds them to a registry, once.
     *
     * @param registry where they go
     */
    public static void addTo(PluginRegistry registry) {
        boolean there = registry.view().methods(Kind.METRIC).stream()
                .anyMatch(method -> method.source().bundle().equals(SOURCE));
        if (!there) {
            String version = BuiltInMethods.class.getPackage().getImplementationVersion();
            registry.add(new PluginSource(SOURCE, version == null ? "" : version, "built in", "", "", null,
                    List.of(new BuiltInMethods())));
        }
    }
}
