package lathe.randomeviction;

import java.util.List;

import lathe.spi.Method;
import lathe.spi.Plugin;

/** Brings random eviction. */
public final class RandomEvictionPlugin implements Plugin {
    @Override
    public List<Method<?>> methods() {
        return List.of(Method.evictor("random-eviction", RandomEvictionConfig.class, RandomEviction::new)
                .summary("Keeps tokens at random: what every scored policy must beat."));
    }
}
