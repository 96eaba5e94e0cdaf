package lathe.lora;

import java.util.HashMap;
import java.util.Map;

import lathe.spi.autograd.Variable;
import lathe.spi.model.Site;
import lathe.spi.numeric.RandomStream;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;
import lathe.spi.tuner.TunedInput;
import lathe.spi.tuner.Tuner;

/**
 * DoRA (arXiv:2402.09353): row o of the tuned weight is m[o] times the direction of (W + s B A)[o]. The norm c that the
 * direction is divided by is a constant of each step (section 4.3). With dropout the frozen weight reads the whole input
 * once and the dropped one in the extra term, as peft does.
 */
final class DoraTuner implements Tuner {
    static final String MAGNITUDE = "magnitude";

    private final LoraTuner lora;

    DoraTuner(LoraTuner lora) {
        this.lora = lora;
    }

    @Override
    public Map<String, Tensor> start(Site site, Tensor weight, RandomStream random, Scope scope) {
        Map<String, Tensor> parameters = new HashMap<>(lora.start(site, weight, random, scope));
        parameters.put(MAGNITUDE, weight.in(scope).norm());
        return parameters;
    }

    @Override
    public Variable apply(TunedInput input, Tensor weight, Map<String, Variable> parameters) {
        Variable magnitude = parameters.get(MAGNITUDE);
        Tensor norms = lora.merge(weight.in(magnitude.tape().scope()), Map.of(
                LoraTuner.A, parameters.get(LoraTuner.A).value(), LoraTuner.B, parameters.get(LoraTuner.B).value()))
                .norm();
        Variable share = magnitude.divide(magnitude.tape().constant(norms));
        Variable whole = LoraTuner.base(input.x(), weight);
        Variable product = lora.product(input.dropped(), parameters).multiply(share);
        if (!input.drops()) {
            return whole.multiply(share).add(product);
        }
        return whole.add(LoraTuner.base(input.dropped(), weight).multiply(share.add(-1))).add(product);
    }

    @Override
    public Tensor merge(Tensor weight, Map<String, Tensor> parameters) {
        Tensor merged = lora.merge(weight, parameters);
        return merged.scaleRows(parameters.get(MAGNITUDE).in(weight.scope()).divide(merged.norm()));
    }

    @Override
    public boolean decays(String parameter) {
        return !parameter.equals(MAGNITUDE);
    }

    @Override
    public double dropout() {
        return lora.dropout();
    }
}
