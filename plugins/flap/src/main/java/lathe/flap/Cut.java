package lathe.flap;

import java.util.Optional;
import java.util.stream.IntStream;

import lathe.spi.model.LayerInfo;
import lathe.spi.model.Role;
import lathe.spi.model.Site;
import lathe.spi.operator.Dense;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.BlockEdit;
import lathe.spi.weight.BlockScene;

/**
 * Steps 4 and 5: removes rows and columns that belong together, and gives the linear behind them a bias.
 *
 * @param scene        the block
 * @param masking      whether removed weights become zero instead of being cut out
 * @param compensating whether the mean of what is removed is given back
 */
record Cut(BlockScene scene, boolean masking, boolean compensating) {
    BlockEdit heads(BlockEdit edit, boolean[] keep, float[] mean) {
        LayerInfo layer = scene.layer();
        int group = layer.groupSize();
        BlockEdit result = edit;
        result = rows(result, Role.QUERY, spread(keep, group * layer.headDim()));
        result = rows(result, Role.KEY, spread(keep, layer.headDim()));
        result = rows(result, Role.VALUE, spread(keep, layer.valueDim()));
        return columns(result, Role.OUTPUT, spread(keep, group * layer.valueDim()), mean);
    }

    BlockEdit neurons(BlockEdit edit, boolean[] keep, float[] mean) {
        BlockEdit result = edit;
        for (Role role : new Role[] {Role.GATE, Role.UP}) {
            if (site(role).isPresent()) {
                result = rows(result, role, keep);
            }
        }
        return columns(result, Role.DOWN, keep, mean);
    }

    private Optional<Site> site(Role role) {
        return scene.sites().stream().filter(site -> site.role() == role).findFirst();
    }

    /** Every unit's mark for each of its channels. */
    private static boolean[] spread(boolean[] keep, int width) {
        boolean[] channels = new boolean[keep.length * width];
        for (int channel = 0; channel < channels.length; channel++) {
            channels[channel] = keep[channel / width];
        }
        return channels;
    }

    private BlockEdit rows(BlockEdit edit, Role role, boolean[] keep) {
        if (all(keep)) {
            return edit;
        }
        Site site = site(role).orElseThrow();
        Tensor weight = scene.weight(site).weight();
        Optional<Tensor> bias = scene.bias(site);
        if (masking) {
            for (int row = 0; row < keep.length; row++) {
                if (!keep[row]) {
                    weight.row(row).fill(0);
                    int removed = row;
                    bias.ifPresent(shift -> shift.set(0, removed));
                }
            }
        }
        int[] kept = kept(keep);
        BlockEdit changed = edit.with(site, new Dense(masking ? weight : weight.select(kept)));
        return bias.isEmpty()
                ? changed
                : changed.withBias(site, masking ? bias.get() : bias.get().select(kept));
    }

    /** The bias is W (mu of removed channels), computed before anything is cut; one that is there already is added to. */
    private BlockEdit columns(BlockEdit edit, Role role, boolean[] keep, float[] mean) {
        Site site = site(role).orElseThrow();
        Tensor weight = scene.weight(site).weight();
        float[] removed = new float[keep.length];
        for (int channel = 0; channel < keep.length; channel++) {
            removed[channel] = keep[channel] || !compensating ? 0 : mean[channel];
        }
        Tensor means = scene.scope().of(removed, removed.length, 1);
        Tensor bias = weight.matmul(means).reshape(weight.size(0));
        Tensor sum = scene.bias(site).map(bias::add).orElse(bias);
        if (all(keep)) {
            scene.note("bias_" + role.label() + "." + scene.layer().block(), bias);
            return edit;
        }
        if (masking) {
            for (int channel = 0; channel < keep.length; channel++) {
                if (!keep[channel]) {
                    weight.slice(1, channel, channel + 1).fill(0);
                }
            }
            return edit.with(site, new Dense(weight)).withBias(site, sum);
        }
        return edit.with(site, new Dense(weight.selectColumns(kept(keep)))).withBias(site, sum);
    }

    private static boolean all(boolean[] keep) {
        return kept(keep).length == keep.length;
    }

    private static int[] kept(boolean[] keep) {
        return IntStream.range(0, keep.length).filter(channel -> keep[channel]).toArray();
    }
}
