package lathe.testkit.golden;

import lathe.spi.numeric.Normal;
import lathe.spi.router.Routing;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;
import lathe.testkit.scene.Numbers;

/**
 * Experts of a case by the definition, added up with the routing's weights: FFN(x) = down(silu(gate x) * up x), or of two
 * matrices wo relu(wi x) (Switch) and w2 gelu(w1 x) with the exact GELU (MoEBERT).
 */
final class Experts {
    private final GoldenCase golden;
    private final Scope scope;

    private Experts(GoldenCase golden, Scope scope) {
        this.golden = golden;
        this.scope = scope;
    }

    static Numbers apply(GoldenCase golden, Routing routing, Workbench bench) {
        return Numbers.of(new Experts(golden, bench.scope()).sum(routing));
    }

    private Tensor sum(Routing routing) {
        Tensor x = golden.input("x").in(scope).reshape(routing.experts().size(0), golden.input("x").size(-1));
        Tensor y = scope.zeros(x.size(0), x.size(1));
        for (int token = 0; token < x.size(0); token++) {
            Tensor row = x.slice(0, token, token + 1).copy();
            Tensor sum = scope.zeros(1, x.size(1));
            for (int slot = 0; slot < routing.experts().size(1); slot++) {
                int expert = (int) routing.experts().get(token, slot);
                if (expert >= 0) {
                    sum = sum.add(expert(row, expert)
                            .multiply(routing.weights().get(token, slot)));
                }
            }
            y.slice(0, token, token + 1).assign(sum.add(shared(row)));
        }
        return y.reshape(golden.input("x").shape().toArray());
    }

    private Tensor expert(Tensor row, int expert) {
        if (golden.find("wi").isPresent()) {
            return row.matmulTransposed(weight("wi", expert)).map(value -> Math.max(value, 0))
                    .matmulTransposed(weight("wo", expert));
        } else if (golden.find("w1").isPresent()) {
            return row.matmulTransposed(weight("w1", expert)).map(x -> x * Normal.cumulative(x))
                    .matmulTransposed(weight("w2", expert));
        }
        return network(row, "gate", "up", "down", expert);
    }

    private Tensor shared(Tensor row) {
        if (golden.find("shared_gate").isEmpty()) {
            return scope.zeros(1, row.size(1));
        }
        Tensor output = network(row, "shared_gate", "shared_up", "shared_down", -1);
        return golden.find("shared_scale")
                .map(scale -> output.multiply(sigmoid(row.matmulTransposed(scale).get(0, 0))))
                .orElse(output);
    }

    private Tensor network(Tensor row, String gate, String up, String down, int expert) {
        Tensor gated = row.matmulTransposed(weight(gate, expert)).map(value -> value * sigmoid(value));
        return gated.multiply(row.matmulTransposed(weight(up, expert))).matmulTransposed(weight(down, expert));
    }

    private Tensor weight(String name, int expert) {
        Tensor all = golden.input(name).in(scope);
        return expert < 0 ? all : all.row(expert);
    }

    private static double sigmoid(double value) {
        return 1 / (1 + Math.exp(-value));
    }
}
