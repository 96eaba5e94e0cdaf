package lathe.spi;

import java.util.List;

/**
 * The entry point of a bundle: the methods that it brings. Named in {@code META-INF/services/lathe.spi.Plugin}; needs a
 * public constructor without parameters that does no work.
 */
public interface Plugin {
    /**
     * The methods of this plugin.
     *
     * @return one entry a method; the list is read once when the bundle starts
     */
    List<Method<?>> methods();
}
