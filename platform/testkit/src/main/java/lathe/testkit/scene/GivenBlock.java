package lathe.testkit.scene;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

import lathe.spi.model.LayerInfo;
import lathe.spi.model.ModelInfo;
import lathe.spi.model.Site;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.BlockEdit;
import lathe.spi.weight.BlockScene;
import lathe.spi.weight.WeightScene;

/**
 * Given weights that stand for a block whose parts put out nothing: for stages that look at one weight and its inputs.
 *
 * @param weights  the block's weights by place
 * @param layer    its attention
 * @param hidden   width of its norms
 * @param tokens   calibration tokens
 * @param scope    where tensors live
 * @param findings receives notes
 */
public record GivenBlock(
        Map<Site, GivenWeight> weights, LayerInfo layer, int hidden, int tokens, Scope scope, Findings findings)
        implements
            BlockScene {
    @Override
    public ModelInfo model() {
        return new ModelInfo("given", "llama", hidden, 1, tokens, 0, 0, List.of(layer), Set.of());
    }

    @Override
    public List<Site> sites() {
        return weights.keySet().stream().sorted(Comparator.comparing(Site::role)).toList();
    }

    @Override
    public WeightScene weight(Site site) {
        return weights.get(site);
    }

    @Override
    public Tensor vector(String name) {
        return scope.zeros(hidden).fill(1);
    }

    @Override
    public Optional<Tensor> bias(Site site) {
        return Optional.empty();
    }

    @Override
    public Tensor run(Part part, BlockEdit edit, Scope outputs) {
        return outputs.zeros(tokens, hidden);
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
