package lathe.engine.autograd;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;

import lathe.spi.autograd.Input;
import lathe.spi.autograd.Tape;
import lathe.spi.autograd.Variable;
import lathe.spi.backend.Activation;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** A variable with the operations that need nothing but tensors. */
final class TapeVariable implements Variable {
    private final GradientTape tape;
    private final Tensor value;
    private final boolean wantsGradient;
    private Tensor gradient;

    TapeVariable(GradientTape tape, Tensor value, boolean wantsGradient) {
        if (wantsGradient && value.type() != DataType.F32) {
            throw new IllegalArgumentException("A variable with a gradient is float32, not " + value.type() + ".");
        }
        this.tape = tape;
        this.value = value;
        this.wantsGradient = wantsGradient;
    }

    @Override
    public Tensor value() {
        return value;
    }

    @Override
    public Tensor gradient() {
        return gradient == null ? scope().zeros(value.shape().toArray()) : gradient;
    }

    void accumulate(Tensor more) {
        gradient = gradient == null ? more : gradient.in(scope()).add(more);
    }

    @Override
    public boolean wantsGradient() {
        return wantsGradient;
    }

    @Override
    public Tape tape() {
        return tape;
    }

    private Scope scope() {
        return tape.scope();
    }

    private RowLoops loops() {
        return tape.loops();
    }

    @Override
    public Variable add(Variable other) {
        return tape.operation("add", value.add(other.value()), Input.of(this, upstream -> upstream),
                Input.of(other, upstream -> alike(upstream, other)));
    }

    /** Where a vector was added to every row, its gradient is the sum over the rows. */
    private static Tensor alike(Tensor upstream, Variable variable) {
        if (upstream.shape().equals(variable.value().shape())) {
            return upstream;
        }
        int columns = variable.value().size(0);
        Tensor flat = upstream.isContiguous() ? upstream : upstream.copy();
        return flat.reshape(Math.toIntExact(upstream.elements() / columns), columns).sum(0);
    }

    @Override
    public Variable multiply(Variable other) {
        return tape.operation("multiply", value.multiply(other.value()),
                Input.of(this, upstream -> upstream.in(scope()).multiply(other.value())),
                Input.of(other, upstream -> alike(upstream.in(scope()).multiply(value), other)));
    }

    @Override
    public Variable divide(Variable other) {
        Tensor quotient = value.divide(other.value());
        return tape.operation("divide", quotient,
                Input.of(this, upstream -> upstream.in(scope()).divide(other.value())),
                Input.of(other, upstream -> alike(
                        upstream.in(scope()).multiply(quotient).divide(other.value()).multiply(-1), other)));
    }

    @Override
    public Variable multiply(double factor) {
        return tape.operation("multiply", value.multiply(factor),
                Input.of(this, upstream -> upstream.in(scope()).multiply(factor)));
    }

    @Override
    public Variable add(double summand) {
        return tape.operation("add", value.add(summand), Input.of(this, upstream -> upstream));
    }

    @Override
    public Variable scaleRows(Variable factors) {
        return tape.operation("scaleRows", value.scaleRows(factors.value()),
                Input.of(this, upstream -> upstream.in(scope()).scaleRows(factors.value())),
                Input.of(factors, upstream -> upstream.in(scope()).multiply(value).sum(-1)));
    }

    @Override
    public Variable map(DoubleUnaryOperator function, DoubleUnaryOperator derivative) {
        return elementwise("map", loops().combine(scope(), value, value, (x, same) -> function.applyAsDouble(x)),
                derivative);
    }

    @Override
    public Variable activate(Activation function) {
        Tensor result = value.in(scope()).copy();
        tape.compute().activate(result, function);
        return elementwise("activate", result, Derivatives.of(function));
    }

    private Variable elementwise(String name, Tensor result, DoubleUnaryOperator derivative) {
        return tape.operation(name, result, Input.of(this, upstream -> loops().combine(scope(), value, upstream,
                (x, dy) -> dy == 0 ? 0 : dy * derivative.applyAsDouble(x))));
    }

    @Override
    public Variable softmax() {
        Tensor probabilities = value.softmax();
        return tape.operation("softmax", probabilities, Input.of(this, upstream -> loops().rows(scope(),
                value.size(-1), (row, in, dx) -> Losses.throughSoftmax(in[0], in[1], dx), probabilities, upstream)));
    }

    @Override
    public Variable logSoftmax() {
        return Losses.logSoftmax(tape, this);
    }

    @Override
    public Variable logSumExp() {
        return tape.operation("logSumExp", value.rank() == 1 ? value.reshape(1, value.size(0)).logSumExp()
                : value.logSumExp(), Input.of(this, this::throughLogSumExp));
    }

    private Tensor throughLogSumExp(Tensor upstream) {
        Tensor probabilities = value.softmax();
        int rows = Math.toIntExact(upstream.elements());
        return probabilities.reshape(rows, value.size(-1)).scaleRows(upstream.reshape(rows))
                .reshape(value.shape().toArray());
    }

    @Override
    public Variable sum(int dimension) {
        if (value.rank() == 1) {
            return sum();
        }
        boolean first = dimension == 0 || dimension == -value.rank();
        if (!first && dimension != -1 && dimension != value.rank() - 1) {
            throw new IllegalArgumentException("sum: only the first and the last dimension of " + value.shape()
                    + " can be summed over, not " + dimension + ".");
        }
        int outer = first ? value.size(0) : Math.toIntExact(value.elements() / Math.max(1, value.size(-1)));
        int inner = Math.toIntExact(value.elements() / Math.max(1, outer));
        return tape.operation("sum", value.sum(dimension), Input.of(this, upstream -> {
            Tensor ones = scope().zeros(outer, inner).fill(1);
            Tensor flat = (upstream.isContiguous() ? upstream : upstream.in(scope()).copy())
                    .reshape(first ? inner : outer);
            return (first ? ones.multiply(flat) : ones.scaleRows(flat)).reshape(value.shape().toArray());
        }));
    }

    @Override
    public Variable sum() {
        Tensor sum = scope().zeros(1);
        sum.set(value.sum(), 0);
        return tape.operation("sum", sum, Input.of(this,
                upstream -> scope().zeros(value.shape().toArray()).fill(upstream.get(0))));
    }

    @Override
    public Variable reshape(int... sizes) {
        Tensor flat = value.isContiguous() ? value : value.copy();
        return tape.operation("reshape", flat.reshape(sizes), Input.of(this, upstream -> (upstream.isContiguous()
                ? upstream : upstream.in(scope()).copy()).reshape(value.shape().toArray())));
    }

    @Override
    public Variable transpose(int first, int second) {
        return tape.operation("transpose", value.transpose(first, second).copy(),
                Input.of(this, upstream -> upstream.in(scope()).transpose(first, second).copy()));
    }

    @Override
    public Variable select(int... indices) {
        int[] picked = indices.clone();
        return tape.operation("select", value.select(picked), Input.of(this, upstream -> {
            Tensor sums = scope().zeros(value.shape().toArray());
            int columns = Math.toIntExact(value.elements() / Math.max(1, value.size(0)));
            Tensor target = sums.reshape(value.size(0), columns);
            Tensor rows = (upstream.isContiguous() ? upstream : upstream.in(scope()).copy())
                    .reshape(picked.length, columns);
            for (int i = 0; i < picked.length; i++) {
                tape.compute().accumulate(target.row(picked[i]), rows.row(i), 1);
            }
            return sums;
        }));
    }

    @Override
    public Variable gather(Tensor columns) {
        int[] picked = columns.toInts();
        int k = columns.size(1);
        if (columns.size(0) != value.size(0)) {
            throw new IllegalArgumentException("gather: " + columns.shape() + " does not pick from the rows of "
                    + value.shape() + ".");
        }
        Tensor result = loops().rows(scope(), k, (row, in, out) -> {
            for (int i = 0; i < k; i++) {
                out[i] = picked[row * k + i] < 0 ? 0 : in[0][picked[row * k + i]];
            }
        }, value);
        return tape.operation("gather", result, Input.of(this, upstream -> loops().rows(scope(), value.size(1),
                (row, in, out) -> {
                    Arrays.fill(out, 0);
                    for (int i = 0; i < k; i++) {
                        if (picked[row * k + i] >= 0) {
                            out[picked[row * k + i]] += in[0][i];
                        }
                    }
                }, upstream)));
    }

    @Override
    public Variable matmul(Variable right) {
        return tape.operation("matmul", value.matmul(right.value()),
                Input.of(this, upstream -> upstream.in(scope()).matmulTransposed(right.value())),
                Input.of(right, upstream -> value.transpose().matmul(upstream)));
    }

    @Override
    public Variable matmulTransposed(Variable right) {
        return tape.operation("matmulTransposed", value.matmulTransposed(right.value()),
                Input.of(this, upstream -> upstream.in(scope()).matmul(right.value())),
                Input.of(right, upstream -> upstream.in(scope()).transpose().matmul(value)));
    }
}
