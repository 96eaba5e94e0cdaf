package lathe.testkit.golden;

import java.util.Optional;

import lathe.spi.model.LayerInfo;
import lathe.spi.model.Rotary;
import lathe.testkit.scene.CacheRun;

/** The layer that a case's tensors belong to. */
final class LayerOf {
    private static final double THETA = 10000;

    private LayerOf() {}

    static LayerInfo prompt(GoldenCase golden, CacheRun.Prompt prompt) {
        int dim = prompt.keys().size(2);
        return new LayerInfo(
                golden.whole("layer").orElse(0),
                golden.whole("layers").orElse(1),
                prompt.queries().size(0),
                prompt.keys().size(0),
                dim,
                prompt.values().size(2),
                1 / Math.sqrt(dim),
                Optional.empty(),
                Optional.of(Rotary.plain(golden.number("rope_theta").orElse(THETA), dim)));
    }
}
