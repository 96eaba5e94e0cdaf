package lathe.testkit.golden;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;

import lathe.engine.autograd.GradientTape;
import lathe.engine.training.Adam;
import lathe.engine.training.Trainer;
import lathe.spi.Kind;
import lathe.spi.autograd.Tape;
import lathe.spi.autograd.Variable;
import lathe.spi.backend.Activation;
import lathe.spi.model.Role;
import lathe.spi.model.Site;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Tensor;
import lathe.spi.tuner.TunedInput;
import lathe.spi.tuner.Tuner;
import lathe.testkit.scene.Findings;
import lathe.testkit.scene.Numbers;

/**
 * {@code forward+gradient}: one tuned layer. {@code train-steps}: two of them with tanh between, AdamW, the mean square
 * error; what is trained is started by the tuner but for A, which the case gives,
 * and B, which is 0 and of A's rank.
 */
final class TunerAdapter implements Adapter {
    private static final Set<String> DESCRIPTIVE = Set.of("method", "lr", "betas", "eps", "wd", "clip", "steps");

    @Override
    public Map<String, Numbers> run(GoldenCase golden, Workbench bench) {
        Tuner tuner = (Tuner) bench.make(golden, Kind.TUNER, DESCRIPTIVE, List.of()).method();
        Findings findings = new Findings();
        switch (golden.operation()) {
            case "forward+gradient" -> layer(golden, tuner, bench, findings);
            case "train-steps" -> train(golden, tuner, bench, findings);
            default -> throw new UnknownOperationException(golden);
        }
        return findings.all();
    }

    private static Tensor in(GoldenCase golden, String name, Workbench bench) {
        return golden.input(name).in(bench.scope()).to(DataType.F32);
    }

    private static Site site(Tensor weight) {
        return new Site(0, Role.QUERY, Site.NO_EXPERT, weight.size(0), weight.size(1));
    }

    private static void layer(GoldenCase golden, Tuner tuner, Workbench bench, Findings findings) {
        Tape tape = new GradientTape(bench.scope(), bench.compute(), bench.services().parallel());
        Tensor weight = in(golden, "weight", bench);
        Map<String, Tensor> started = tuner.start(site(weight), weight,
                bench.services().random().stream("start", 0), bench.scope());
        Map<String, Tensor> values = new HashMap<>();
        Map<String, Variable> parameters = new HashMap<>();
        long count = 0;
        for (String name : started.keySet()) {
            values.put(name, in(golden, name, bench));
            parameters.put(name, tape.parameter(values.get(name)));
            count += values.get(name).elements();
            findings.put("initial_" + name, Numbers.of(started.get(name)));
        }
        Variable x = tape.parameter(in(golden, "x", bench));
        Variable dropped = golden.find("dropout_mask").isEmpty() ? x
                : x.multiply(tape.constant(in(golden, "dropout_mask", bench).divide(1 - tuner.dropout())));
        Variable y = tuner.apply(new TunedInput(x, dropped), weight, parameters);
        if (golden.find("bias").isPresent()) {
            y = y.add(tape.constant(in(golden, "bias", bench)));
        }
        tape.backward(y, in(golden, "dy", bench));
        findings.put("y", Numbers.of(y.value()));
        findings.put("dx", Numbers.of(x.gradient()));
        parameters.forEach((name, variable) -> findings.put("d" + name, Numbers.of(variable.gradient())));
        findings.put("merged", Numbers.of(tuner.merge(weight, values)));
        findings.put("trainable_parameters", Numbers.of((double) count));
    }

    private static void train(GoldenCase golden, Tuner tuner, Workbench bench, Findings findings) {
        double decay = golden.number("wd").orElse(0.0);
        List<Double> betas = golden.parameters().getDoubleList("betas");
        OptionalDouble clip = golden.parameters().hasPath("clip")
                ? OptionalDouble.of(golden.parameters().getDouble("clip")) : OptionalDouble.empty();
        Trainer trainer = new Trainer(bench.scope(), bench.compute(), bench.services().parallel(), clip);
        List<Tensor> weights = List.of(in(golden, "W1", bench), in(golden, "W2", bench));
        List<List<String>> names = new ArrayList<>();
        for (int layer = 1; layer <= 2; layer++) {
            Tensor weight = weights.get(layer - 1);
            Map<String, Tensor> started = new HashMap<>(tuner.start(site(weight), weight,
                    bench.services().random().stream("start", layer), bench.scope()));
            started.put("A", in(golden, "A" + layer, bench));
            // Cases do not limit a rank by the weight's sides.
            started.put("B", bench.scope().zeros(weight.size(0), started.get("A").size(0)));
            names.add(List.copyOf(started.keySet()));
            for (String name : names.getLast()) {
                trainer.add(name + layer, started.get(name), new Adam(betas.get(0), betas.get(1),
                        golden.number("eps").orElseThrow(), tuner.decays(name) ? decay : 0, true, false));
            }
        }
        Tensor x = in(golden, "x", bench);
        Tensor target = in(golden, "target", bench);
        double[] losses = new double[x.size(0)];
        double[] norms = new double[losses.length];
        for (int i = 0; i < losses.length; i++) {
            int step = i;
            Trainer.Step done = trainer.step(tape -> all -> loss(tuner, weights, names, all,
                    tape.constant(x.row(step)), tape.constant(target.row(step))), golden.number("lr").orElseThrow());
            losses[i] = done.loss();
            norms[i] = done.gradientNorm();
        }
        findings.put("losses", new Numbers(new int[] {losses.length}, losses, 0));
        findings.put("gradient_norms", new Numbers(new int[] {norms.length}, norms, 0));
        for (int layer = 1; layer <= 2; layer++) {
            Map<String, Tensor> parameters = new HashMap<>();
            for (String name : names.get(layer - 1)) {
                parameters.put(name, trainer.value(name + layer));
                // Cases call a magnitude m1 and m2.
                findings.put((name.equals("magnitude") ? "m" : name) + layer,
                        Numbers.of(trainer.value(name + layer)));
            }
            findings.put("merged" + layer, Numbers.of(tuner.merge(weights.get(layer - 1), parameters)));
        }
    }

    private static Variable loss(Tuner tuner, List<Tensor> weights, List<List<String>> names,
            Map<String, Variable> all, Variable x, Variable target) {
        Variable hidden = x;
        for (int layer = 1; layer <= 2; layer++) {
            Map<String, Variable> own = new HashMap<>();
            for (String name : names.get(layer - 1)) {
                own.put(name, all.get(name + layer));
            }
            Variable y = tuner.apply(TunedInput.of(hidden), weights.get(layer - 1), own);
            hidden = layer == 1 ? y.activate(Activation.TANH) : y;
        }
        return hidden.subtract(target).square().mean();
    }
}
