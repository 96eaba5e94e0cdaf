package lathe.testkit.scene;

import java.util.Optional;
import java.util.function.Supplier;

import lathe.spi.attention.Phase;
import lathe.spi.kv.Budget;
import lathe.spi.kv.EvictionScene;
import lathe.spi.model.LayerInfo;
import lathe.spi.numeric.RandomStream;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * Another scene whose notes are kept.
 *
 * @param original the scene
 * @param findings receives notes
 */
public record ListeningScene(EvictionScene original, Findings findings) implements EvictionScene {
    @Override
    public LayerInfo layer() {
        return original.layer();
    }

    @Override
    public Phase phase() {
        return original.phase();
    }

    @Override
    public int tokens(int kvHead) {
        return original.tokens(kvHead);
    }

    @Override
    public int[] positions(int kvHead) {
        return original.positions(kvHead);
    }

    @Override
    public Tensor keys() {
        return original.keys();
    }

    @Override
    public Tensor values() {
        return original.values();
    }

    @Override
    public Tensor queries() {
        return original.queries();
    }

    @Override
    public Tensor plainQueries() {
        return original.plainQueries();
    }

    @Override
    public Optional<Tensor> lastRows() {
        return original.lastRows();
    }

    @Override
    public Optional<Tensor> accumulated() {
        return original.accumulated();
    }

    @Override
    public int promptTokens() {
        return original.promptTokens();
    }

    @Override
    public Budget budget() {
        return original.budget();
    }

    @Override
    public RandomStream random() {
        return original.random();
    }

    @Override
    public Scope scope() {
        return original.scope();
    }

    @Override
    public void note(String name, Tensor value) {
        findings.note(name, value);
    }

    @Override
    public void note(String name, double value) {
        findings.note(name, value);
    }

    @Override
    public void note(String name, Supplier<Tensor> value) {
        findings.note(name, value);
    }
}
