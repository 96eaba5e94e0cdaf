package lathe.benchmarks;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;

import lathe.engine.Engine;
import lathe.engine.kernels.CpuBackend;
import lathe.models.architecture.ModelFolder;
import lathe.models.transformer.CachedSession;
import lathe.models.transformer.ModelWeights;
import lathe.models.transformer.RunnableModel;
import lathe.models.transformer.ServingPlan;
import lathe.models.transformer.Transformer;
import lathe.rtn.RtnPlugin;
import lathe.spi.Kind;
import lathe.spi.backend.Compute;
import lathe.spi.model.Site;
import lathe.spi.operator.Dense;
import lathe.spi.operator.LinearOperator;
import lathe.spi.tensor.Scope;
import lathe.spi.weight.Quantizer;
import lathe.testkit.scene.Findings;
import lathe.testkit.scene.GivenStatistics;
import lathe.testkit.scene.GivenWeight;
import lathe.testkit.scene.MethodFactory;
import lathe.testkit.scene.MethodSource;

/** The model in Lathe: weights as they lie in the file, or rounded to four bits in groups of 64. */
final class LatheModelRun implements ModelRun {
    private static final Engine ENGINE = Engine.shared();

    private final Scope scope = ENGINE.openScope();
    private final Compute compute = new CpuBackend(ENGINE).open(ENGINE.parallel());
    private final ModelFolder folder;
    private final Transformer transformer;
    private final RunnableModel model;
    private CachedSession session;

    LatheModelRun(BenchmarkModel files, String form) {
        folder = ModelFolder.open(files.folder());
        ModelWeights weights = ModelWeights.read(folder, scope);
        if (form.equals("int4")) {
            weights = rounded(weights);
        }
        requireBytes(weights, BenchmarkModel.decodeBytes(files.sizes(), form));
        transformer = Transformer.of("model", folder.config(), weights, compute, scope);
        model = new RunnableModel(transformer, ServingPlan.PLAIN, scope);
    }

    /** What the table counts must be what there is. */
    private static void requireBytes(ModelWeights weights, long counted) {
        if (weights.weightBytes() != counted) {
            throw new IllegalStateException(
                    "The weights take " + weights.weightBytes() + " bytes, and not " + counted + ".");
        }
    }

    private ModelWeights rounded(ModelWeights dense) {
        MethodFactory factory = new MethodFactory(MethodSource.of(new RtnPlugin()), ENGINE);
        ConfigObject keys = ConfigFactory.parseString("bits = 4, group = 64").root();
        Quantizer rtn = (Quantizer) factory.make(Kind.QUANTIZER, "rtn", keys, List.of()).method();
        ModelWeights weights = dense;
        for (Site site : dense.sites()) {
            if (site.block() >= 0) {
                weights = weights.with(site, rounded(rtn, site, dense.operator(site)));
            }
        }
        return weights;
    }

    private LinearOperator rounded(Quantizer rtn, Site site, LinearOperator dense) {
        // What the method needs beside its result stays as well: a byte a weight, which nothing reads again.
        return rtn.quantize(new GivenWeight(site, ((Dense) dense).weight(), GivenStatistics.none(site, scope),
                Optional.empty(), scope, new Findings()));
    }

    @Override
    public int prefill(int[] tokens) {
        end();
        session = model.open();
        return advance(tokens);
    }

    @Override
    public int next(int token) {
        return advance(new int[] {token});
    }

    private int advance(int[] tokens) {
        requireNonNull(session, "session is null");
        try (Scope local = scope.child()) {
            return session.advance(tokens, local).in(local).topK(1).toInts()[0];
        }
    }

    private void end() {
        if (session != null) {
            session.close();
            session = null;
        }
    }

    @Override
    public void close() {
        end();
        transformer.close();
        folder.close();
        compute.close();
        scope.close();
    }
}
