package lathe.runtime.compress;

import java.util.List;
import java.util.Optional;

import lathe.models.transformer.Pass;
import lathe.models.transformer.Transformer;
import lathe.spi.Kind;
import lathe.spi.Services;
import lathe.spi.router.Router;

/** Passes over calibration sequences. */
final class Passes {
    private Passes() {}

    /** One pass a sequence, with the router of the model if it was carved. */
    static List<Pass> of(Transformer model, List<int[]> sequences, Services services) {
        return of(model.weights().routing().map(
                routing -> services.method(Kind.ROUTER, routing.method(), Router.class)), sequences, services);
    }

    static List<Pass> of(Optional<Router> router, List<int[]> sequences, Services services) {
        return sequences.stream().map(tokens -> Pass.whole(tokens).withRandom(services.random()))
                .map(pass -> router.map(pass::withRouter).orElse(pass)).toList();
    }
}
