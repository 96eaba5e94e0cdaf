package lathe.fastgen;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

import lathe.fastgen.HeadPolicy.TokenSort;
import lathe.spi.Services;
import lathe.spi.StageScene;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Parts of FastGen on given tensors. */
final class FastGenStages {
    private FastGenStages() {}

    /** Profiles heads by given probabilities: attention [kvHeads, n, n], special [n] and punctuation [n]. */
    static void profileHeads(FastGenConfig config, StageScene scene, Services services) {
        Tensor attention = scene.input("attention");
        int[] special = scene.input("special").toInts();
        int[] punctuation = scene.input("punctuation").toInts();
        List<TokenSort> sorts = IntStream.range(0, special.length)
                .mapToObj(i -> new TokenSort(special[i] != 0, punctuation[i] != 0)).toList();
        int heads = attention.size(0);
        int tokens = attention.size(1);
        int policies = config.policies().size();
        Scope scope = scene.scope();
        Tensor recovery = scope.zeros(policies, heads);
        Tensor scores = scope.zeros(heads, tokens);
        Tensor lastRow = scope.zeros(policies, heads, tokens);
        int[] chosen = new int[heads];
        List<int[]> kept = new ArrayList<>();
        for (int head = 0; head < heads; head++) {
            PromptMass mass = PromptMass.of(attention.row(head), PromptMass.window(config.local(), tokens));
            HeadProfile profile = new HeadProfile(config, sorts, mass);
            for (int policy = 0; policy < policies; policy++) {
                recovery.set(profile.recovery(policy), policy, head);
                boolean[] row = profile.lastRow(policy, tokens);
                for (int key = 0; key < tokens; key++) {
                    lastRow.set(row[key] ? 1 : 0, policy, head, key);
                    scores.set(mass.score(key), head, key);
                }
            }
            chosen[head] = profile.choose();
            boolean[] stored = profile.lastRow(chosen[head], config.maxCacheLength().orElse(tokens));
            kept.add(IntStream.range(0, tokens).filter(key -> stored[key]).toArray());
        }
        scene.note("recovery", recovery);
        scene.note("scores", scores);
        scene.note("last_row", lastRow);
        scene.note("policy", scope.of(chosen, heads));
        scene.note("kept", scope.ofLists(kept));
    }
}
