package lathe.testkit.scene;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

import lathe.spi.Refusal;
import lathe.spi.model.LayerInfo;
import lathe.spi.model.ModelInfo;
import lathe.spi.model.ModelView;
import lathe.spi.model.Site;
import lathe.spi.statistics.Requirements;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.Allocation;
import lathe.spi.weight.BlockEdit;
import lathe.spi.weight.BlockMethod;
import lathe.spi.weight.BlockScene;
import lathe.spi.weight.ModelStatistics;
import lathe.spi.weight.WeightScene;

/**
 * Another method of whole blocks, with an ear for what it notes.
 *
 * @param method   who edits
 * @param findings receives notes
 */
public record ListeningBlockMethod(BlockMethod method, Findings findings) implements BlockMethod {
    /** Checks the parts. */
    public ListeningBlockMethod {
        requireNonNull(method, "method is null");
        requireNonNull(findings, "findings is null");
    }

    @Override
    public Requirements requirements() {
        return method.requirements();
    }

    @Override
    public Optional<Refusal> refuses(ModelInfo model) {
        return method.refuses(model);
    }

    @Override
    public boolean allocates() {
        return method.allocates();
    }

    @Override
    public Allocation allocate(ModelView model, ModelStatistics statistics) {
        return method.allocate(model, statistics);
    }

    @Override
    public BlockEdit edit(BlockScene scene) {
        return method.edit(new Listening(scene, findings));
    }

    private record Listening(BlockScene original, Findings findings) implements BlockScene {
        @Override
        public ModelInfo model() {
            return original.model();
        }

        @Override
        public LayerInfo layer() {
            return original.layer();
        }

        @Override
        public List<Site> sites() {
            return original.sites();
        }

        @Override
        public WeightScene weight(Site site) {
            return original.weight(site);
        }

        @Override
        public Tensor vector(String name) {
            return original.vector(name);
        }

        @Override
        public Optional<Tensor> bias(Site site) {
            return original.bias(site);
        }

        @Override
        public Tensor run(Part part, BlockEdit edit, Scope scope) {
            return original.run(part, edit, scope);
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
}
