package lathe.gear;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;

import org.junit.jupiter.api.Test;

import lathe.gear.CompressedBlock.Side;
import lathe.gear.GearConfig.GroupScope;
import lathe.kivi.KiviPlugin;
import lathe.spi.Kind;
import lathe.spi.Plugin;
import lathe.spi.kv.KvPolicy;
import lathe.spi.kv.KvStore;
import lathe.spi.model.LayerInfo;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Tensor;
import lathe.testkit.KvPolicyContract;
import lathe.testkit.scene.CacheRun;
import lathe.testkit.scene.Findings;
import lathe.testkit.scene.Kernels;
import lathe.testkit.scene.RunContext;

class GearTest extends KvPolicyContract {
    @Override
    protected Plugin plugin() {
        return new GearPlugin();
    }

    @Override
    protected String everything() {
        return "group = 32, block = 128";
    }

    @Override
    protected String little() {
        return "bits = 2, group = 8, block = 8, prefillRank = 1, rank = 1";
    }

    @Override
    protected int kept() {
        return 40;
    }

    @Override
    protected boolean evictsWhileDecoding() {
        return false; // all tokens stay, in fewer bits
    }

    private CompressedBlock compress(Tensor exact, Side side, int bits, int group, double outliers, int rank) {
        GearConfig config = new GearConfig(bits, group, outliers, rank, rank, Optional.empty(), 3, GroupScope.JOINED,
                DataType.F32);
        return CompressedBlock.of(config, side, exact, rank,
                columns -> normal("start", exact.size(0), exact.size(2), columns).abs(), scope());
    }

    private double error(Tensor exact, CompressedBlock block, int head) {
        return block.dense(scope()).row(head).subtract(exact.row(head)).square().sum();
    }

    @Test
    void everyPartLowersTheErrorOfEveryHead() {
        Tensor exact = normal("exact", 2, 64, 16);
        for (Side side : Side.values()) {
            for (int head = 0; head < 2; head++) {
                double outliers = error(exact, compress(exact, side, 2, 16, 0.1, 0), head);
                double both = error(exact, compress(exact, side, 2, 16, 0.1, 2), head);
                double plain = error(exact, compress(exact, side, 2, 16, 0, 0), head);
                double lowRank = error(exact, compress(exact, side, 2, 16, 0, 2), head);
                assertThat(both).isLessThan(outliers);
                assertThat(lowRank).isLessThan(plain);
            }
        }
    }

    /** Keys in groups of tokens and values in groups of channels, on the same tokens. */
    @Test
    void isKiviWithoutOutliersAndLowRankError() {
        Tensor gear = stored("gear",
                "bits = 2, group = 32, block = 32, outliers = 0, prefillRank = 0, rank = 0, vGroupScope = head");
        Tensor kivi = stored("kivi", "kBits = 2, vBits = 2, group = 32, residual = 0");
        assertThat(gear.toFloats()).containsExactly(kivi.toFloats());
    }

    /** Keys and values [2, 2, 96, 32] as a policy gives them back. */
    private Tensor stored(String id, String hocon) {
        LayerInfo layer = new LayerInfo(0, 1, 2, 2, 32, 32, 0.2, Optional.empty(), Optional.empty());
        KvStore store = make(Kind.KV_POLICY, id, KvPolicy.class, hocon).open(layer,
                new RunContext(scope(), services().random().stream("cache", 0), new Findings(), Optional.empty()));
        try (CacheRun run = new CacheRun(Kernels.REFERENCE, scope(), layer, store)) {
            run.prompt(new CacheRun.Prompt(normal("q", 2, 96, 32), normal("q", 2, 96, 32), normal("k", 2, 96, 32),
                    normal("v", 2, 96, 32), false));
            Tensor both = scope().zeros(2, 2, 96, 32);
            both.row(0).assign(run.storedKeys());
            both.row(1).assign(run.storedValues());
            return both;
        }
    }

    @Override
    protected List<Plugin> companions() {
        return List.of(new KiviPlugin());
    }

    @Test
    void restoresEverythingWithAFullRank() {
        Tensor exact = normal("exact", 2, 24, 16);
        Tensor restored = compress(exact, Side.KEYS, 2, 8, 0, 16).dense(scope());
        assertThat(restored.subtract(exact).maxAbs()).isLessThan(1e-4);
    }

    @Test
    void lowersTheErrorOfPlantedOutliersFiveTimes() {
        Tensor exact = normal("exact", 1, 256, 8).copy();
        for (int channel = 0; channel < 8; channel++) {
            exact.set(60, 0, 17 + channel, channel);
            exact.set(-60, 0, 133 + channel, channel);
        }
        double plain = error(exact, compress(exact, Side.KEYS, 2, 256, 0, 0), 0);
        double filtered = error(exact, compress(exact, Side.KEYS, 2, 256, 0.02, 0), 0);
        assertThat(Math.sqrt(filtered)).isLessThan(Math.sqrt(plain) / 5);
    }

    @Test
    void countsEveryPartOfABlockInItsBytes() {
        Tensor exact = normal("exact", 2, 64, 16);
        // Codes of 2 bits, two 32-bit numbers a group, 4 outliers a channel with 16-bit places and where
        // those of a head begin, factors of rank 3.
        long codes = 2 * 64 * 16 / 4;
        long grids = 2 * 16 * (64 / 16) * 2 * Float.BYTES;
        long outliers = 2 * 16 * 4 * (Float.BYTES + Short.BYTES) + 3 * Integer.BYTES;
        long factors = 2 * (64 + 16) * 3 * Float.BYTES;
        assertThat(compress(exact, Side.KEYS, 2, 16, 0.08, 3).bytes())
                .isEqualTo(codes + grids + outliers + factors);
    }

    @Test
    void refusesABlockThatGroupsDoNotDivide() {
        assertThatThrownBy(() -> make(KvPolicy.class, "group = 32, block = 48"))
                .hasMessageContaining("cannot be cut into groups of 32");
    }
}
