package lathe.fastgen;

import java.util.List;
import java.util.stream.IntStream;

import lathe.fastgen.HeadPolicy.TokenSort;
import lathe.spi.tensor.Selection;

/** Steps 1 to 4 for one head: what each policy would keep of a prompt, and how much of the attention that holds. */
final class HeadProfile {
    private final FastGenConfig config;
    private final List<HeadPolicy> policies;
    private final List<TokenSort> sorts;
    private final PromptMass mass;

    /**
     * @param sorts of the prompt's tokens
     * @param mass  attention of the head, with the window of the prompt's length
     */
    HeadProfile(FastGenConfig config, List<TokenSort> sorts, PromptMass mass) {
        this.config = config;
        this.policies = config.heads();
        this.sorts = sorts;
        this.mass = mass;
    }

    /** Share of the attention that a policy holds. */
    double recovery(int policy) {
        HeadPolicy head = policies.get(policy);
        if (head.full()) {
            return 1;
        }
        boolean[] columns = columns(head, mass.tokens());
        double held = 0;
        for (int key = 0; key < columns.length; key++) {
            held += columns[key] ? mass.columns()[key] : head.local() ? mass.recent()[key] : 0;
        }
        return held / mass.tokens();
    }

    /** Mean attention from the queries that see a key. */
    double score(int key) {
        return mass.score(key);
    }

    /** The first policy that holds enough. */
    int choose() {
        return IntStream.range(0, policies.size())
                .filter(policy -> recovery(policy) >= config.recovery())
                .findFirst().orElse(policies.size() - 1);
    }

    /**
     * What a policy lets the last query read.
     *
     * @param length that fractions are taken of
     */
    boolean[] lastRow(int policy, int length) {
        HeadPolicy head = policies.get(policy);
        boolean[] row = columns(head, length);
        for (int key = 0; key < row.length; key++) {
            row[key] |= head.full() || head.local() && isRecent(key, length);
        }
        return row;
    }

    private boolean isRecent(int key, int length) {
        return mass.tokens() - 1 - key < PromptMass.window(config.local(), length);
    }

    /** Keys that every query may read: those kept for what they are, and frequent ones beside what the last query has. */
    private boolean[] columns(HeadPolicy head, int length) {
        boolean[] kept = new boolean[mass.tokens()];
        float[] others = new float[kept.length];
        int available = 0;
        for (int key = 0; key < kept.length; key++) {
            kept[key] = key < config.globalTokens() || head.keeps(sorts.get(key));
            boolean covered = kept[key] || head.local() && isRecent(key, length);
            others[key] = covered ? Float.NEGATIVE_INFINITY : (float) mass.score(key);
            available += covered ? 0 : 1;
        }
        if (head.frequent()) {
            int count = (int) Math.ceil(Math.min(config.frequent() * length, available));
            for (int key : Selection.indices(Selection.largest(others, count))) {
                kept[key] = true;
            }
        }
        return kept;
    }
}
