package lathe.engine.check;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

import lathe.engine.training.Adafactor;
import lathe.engine.training.Adam;
import lathe.engine.training.GradientClip;
import lathe.engine.training.Optimizer;
import lathe.engine.training.Schedule;
import lathe.engine.training.Sgd;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Optimisers, schedules and clipping. */
final class TrainingChecks {
    private static final double DOUBLE_SPACING = 0x1p-52;

    private final OperatorCase golden;
    private final Findings found;
    private final Scope scope;

    TrainingChecks(OperatorCase golden, Findings found, Scope scope) {
        this.golden = golden;
        this.found = found;
        this.scope = scope;
    }

    void optimizer() {
        Optimizer optimizer = rule();
        Tensor parameter = in("start").copy();
        Tensor gradients = in("gradients");
        Tensor after = scope.zeros(gradients.shape().toArray());
        Map<String, Tensor> state = new HashMap<>(optimizer.start(parameter, scope));
        for (int step = 0; step < gradients.size(0); step++) {
            optimizer.step(parameter, gradients.row(step), state, step + 1, number("lr", 0));
            after.row(step).assign(parameter);
        }
        found.check("after_step", after);
        state.forEach((name, tensor) -> found.check("state_" + name, Findings.values(tensor)));
    }

    private Optimizer rule() {
        String name = golden.name();
        if (name.startsWith("sgd")) {
            return new Sgd(number("momentum", 0), golden.flag("nesterov"), number("weight_decay", 0));
        }
        if (name.startsWith("adafactor")) {
            boolean torch = name.equals("adafactor-torch");
            // The case's least moment is the spacing of the float64 that it ran in.
            return torch ? new Adafactor(Adafactor.Form.TORCH, DOUBLE_SPACING, number("eps2", 0), number("d", 0),
                    number("beta2_decay", 0), OptionalDouble.empty(), number("weight_decay", 0), true, false)
                    : new Adafactor(Adafactor.Form.TRANSFORMERS, number("eps1", 0), number("eps2", 0),
                            number("clip_threshold", 0), number("decay_rate", 0),
                            golden.number("beta1").map(OptionalDouble::of).orElseGet(OptionalDouble::empty),
                            number("weight_decay", 0), golden.flag("scale_parameter"), golden.flag("relative_step"));
        }
        return new Adam(number("beta1", 0), number("beta2", 0), number("eps", 0), number("weight_decay", 0),
                name.startsWith("adamw"), golden.flag("amsgrad"));
    }

    void schedule() {
        int[] steps = golden.tensor("in.steps").toInts();
        int warmup = (int) number("warmup", 0);
        int total = (int) number("total", 0);
        double[] factors = new double[steps.length];
        for (Schedule schedule : Schedule.values()) {
            for (int i = 0; i < steps.length; i++) {
                factors[i] = schedule.factor(steps[i], warmup, total);
            }
            found.check(schedule.name().toLowerCase(Locale.ROOT), factors);
        }
        for (int i = 0; i < steps.length; i++) {
            factors[i] = Schedule.polynomial(steps[i], warmup, total, number("polynomial_end", 0),
                    number("polynomial_power", 1));
        }
        found.check("polynomial", factors);
    }

    void clip() {
        List<Tensor> gradients = new ArrayList<>(List.of(in("a"), in("b")));
        double norm = GradientClip.norm(gradients);
        found.check("total_norm", norm);
        double factor = GradientClip.factor(norm, number("max_norm", 0));
        found.check("a", gradients.get(0).multiply(factor));
        found.check("b", gradients.get(1).multiply(factor));
    }

    private double number(String name, double otherwise) {
        return golden.number(name).orElse(otherwise);
    }

    private Tensor in(String name) {
        return golden.tensor("in." + name).in(scope).to(DataType.F32);
    }
}
