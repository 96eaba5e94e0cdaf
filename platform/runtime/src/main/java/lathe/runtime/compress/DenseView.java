package lathe.runtime.compress;

import java.util.List;
import java.util.Optional;

import lathe.models.transformer.Transformer;
import lathe.spi.model.ModelInfo;
import lathe.spi.model.ModelView;
import lathe.spi.model.Site;
import lathe.spi.operator.LinearOperator;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** A model's weights for whole-model decisions. */
record DenseView(Transformer model, List<Site> sites) implements ModelView {
    @Override
    public ModelInfo info() {
        return model.info();
    }

    @Override
    public LinearOperator operator(Site site) {
        return model.weights().operator(site);
    }

    @Override
    public Tensor weight(Site site, Scope scope) {
        return model.compute().dense(operator(site), DataType.F32, scope);
    }

    @Override
    public Optional<Tensor> bias(Site site, Scope scope) {
        return model.weights().bias(site).map(bias -> scope.zeros(bias.shape().toArray()).assign(bias));
    }

    @Override
    public Optional<Tensor> vector(String name, Scope scope) {
        return model.weights().vector(name).map(vector -> scope.zeros(vector.shape().toArray()).assign(vector));
    }
}
