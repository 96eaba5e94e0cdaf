package lathe.models.transformer;

import java.util.Optional;

import lathe.spi.numeric.RandomStream;
import lathe.spi.router.RoutingScene;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** What a router sees of one block. */
record PassRoutingScene(int block, Tensor logits, Tensor hidden, int expertsPerToken, ModelWeights weights, Pass pass,
        Scope scope) implements RoutingScene {
    @Override
    public Optional<Tensor> parameter(String name) {
        // The checkpoint's role is called router-correction; methods know it as correction_bias.
        String role = name.equals("correction_bias") ? "router_correction" : name;
        return weights.vector("blocks." + block + "." + role);
    }

    @Override
    public int[] sequenceLengths() {
        return pass.lengths();
    }

    @Override
    public Optional<int[]> tokenIds() {
        return Optional.of(pass.tokens());
    }

    @Override
    public boolean training() {
        return false;
    }

    @Override
    public RandomStream random() {
        return pass.random().stream("router", block);
    }
}
