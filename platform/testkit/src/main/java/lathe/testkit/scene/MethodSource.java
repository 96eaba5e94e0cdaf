package lathe.testkit.scene;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

import lathe.runtime.registry.InstalledMethod;
import lathe.runtime.registry.PluginView;
import lathe.spi.Kind;
import lathe.spi.LatheException;
import lathe.spi.Method;
import lathe.spi.Plugin;

/**
 * The methods that cases are run against.
 *
 * @param methods in the order of their ids
 */
public record MethodSource(List<Method<?>> methods) {
    /** Copies the list. */
    public MethodSource {
        methods = List.copyOf(methods);
    }

    /**
     * The methods of some plugins.
     *
     * @param plugins the plugins
     * @return their methods
     */
    public static MethodSource of(Plugin... plugins) {
        return new MethodSource(List.of(plugins).stream()
                .map(Plugin::methods)
                .flatMap(Collection::stream)
                .collect(Collectors.<Method<?>>toList()));
    }

    /**
     * Everything that is installed.
     *
     * @param view a view, leased as long as the cases run
     * @return its methods
     */
    public static MethodSource of(PluginView view) {
        return new MethodSource(
                view.methods().stream().map(InstalledMethod::method).collect(Collectors.<Method<?>>toList()));
    }

    /**
     * The method of a folder, if there is one.
     *
     * @param kind   kind of the method
     * @param folder the folder's name: the method's id, or its id without the name of its kind at the end
     * @return the method
     */
    public Optional<Method<?>> find(Kind kind, String folder) {
        return methods.stream()
                .filter(method -> method.kind() == kind)
                .filter(method -> method.id().equals(folder) || method.id().equals(folder + "-" + kind.label()))
                .findFirst();
    }

    /**
     * The method of a folder.
     *
     * @param kind   kind of the method
     * @param folder the folder's name
     * @return the method
     * @throws LatheException if there is none
     */
    public Method<?> require(Kind kind, String folder) {
        return find(kind, folder)
                .orElseThrow(() -> new LatheException("There is no " + kind.label() + " '" + folder + "'."));
    }
}
