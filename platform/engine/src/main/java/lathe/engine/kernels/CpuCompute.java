package lathe.engine.kernels;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;

import lathe.engine.attention.AttentionKernel;
import lathe.engine.tensor.InUse;
import lathe.spi.backend.Activation;
import lathe.spi.backend.AttentionCall;
import lathe.spi.backend.AttentionResult;
import lathe.spi.backend.AttentionState;
import lathe.spi.backend.Compute;
import lathe.spi.backend.PreparedOperator;
import lathe.spi.kv.KvSegment;
import lathe.spi.kv.PlainSegment;
import lathe.spi.model.Rotary;
import lathe.spi.numeric.Parallel;
import lathe.spi.operator.LinearOperator;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Kernels of the CPU. Calls are done when they return; activations are ordinary tensors. */
final class CpuCompute implements Compute {
    private static final int ROWS = 32;

    private final KernelTools tools;
    private final KernelFactory factory;
    private final Norms norms;
    private final Activations activations;
    private final RotaryKernel rotary;
    private final AttentionKernel attention;

    CpuCompute(Parallel parallel, RowMath math, MatrixProduct product) {
        this.tools = new KernelTools(parallel, math, product);
        this.factory = new KernelFactory(tools);
        this.norms = new Norms(parallel, math);
        this.activations = new Activations(parallel, math);
        this.rotary = new RotaryKernel(parallel, math);
        this.attention = new AttentionKernel(parallel, math, product);
    }

    @Override
    public Tensor activations(Scope scope, int... sizes) {
        return scope.zeros(DataType.F32, sizes);
    }

    @Override
    public Tensor read(Tensor activation, Scope scope) {
        return requireNonNull(activation, "activation is null");
    }

    @Override
    public void write(Tensor host, Tensor activation) {
        activation.assign(host);
    }

    @Override
    public PreparedOperator prepare(LinearOperator operator) {
        return new CpuOperator(operator, factory.of(requireNonNull(operator, "operator is null")));
    }

    @Override
    public void apply(PreparedOperator operator, Tensor input, Tensor output) {
        LinearKernel kernel = kernel(operator, input, output);
        try (InUse use = kernel.use(input, output)) {
            if (input.size(0) > 0) {
                kernel.apply(Batch.of("The input", input), Batch.of("The output", output));
            }
        }
    }

    /** In one loop where the weights read the inputs in the same order. */
    @Override
    public void applyAll(List<PreparedOperator> operators, Tensor input, List<Tensor> outputs) {
        Compute.requireOutputs(operators, outputs);
        RowKernel[] kernels = new RowKernel[operators.size()];
        for (int i = 0; i < kernels.length; i++) {
            LinearKernel kernel = kernel(operators.get(i), input, outputs.get(i));
            if (!(kernel instanceof RowKernel rows)) {
                Compute.super.applyAll(operators, input, outputs);
                return;
            }
            kernels[i] = rows;
        }
        boolean few = RowKernel.readsStoredForm(input.size(0));
        if (kernels.length < 2 || input.size(0) == 0
                || !(few ? FewProducts.fit(kernels) : ManyProducts.fit(kernels, input.size(0)))) {
            Compute.super.applyAll(operators, input, outputs);
            return;
        }
        Tensor[] operands = new Tensor[kernels.length + 1];
        Batch[] batches = new Batch[kernels.length];
        for (int i = 0; i < kernels.length; i++) {
            operands[i] = outputs.get(i);
        }
        operands[kernels.length] = input;
        try (InUse use = LinearKernel.use(kernels, operands)) {
            for (int i = 0; i < kernels.length; i++) {
                batches[i] = Batch.of("The output", operands[i]);
            }
            Batch inputs = Batch.of("The input", input);
            if (few) {
                FewProducts.apply(tools.parallel(), kernels, inputs, batches);
            } else {
                ManyProducts.apply(tools, kernels, inputs, batches);
            }
        }
    }

    private static LinearKernel kernel(PreparedOperator operator, Tensor input, Tensor output) {
        if (!(operator instanceof CpuOperator prepared)) {
            throw new IllegalArgumentException("The weight was prepared by another backend: " + operator + ".");
        }
        LinearKernel kernel = prepared.kernel();
        if (input.rank() != 2 || output.rank() != 2 || input.size(1) != kernel.inFeatures()
                || output.size(1) != kernel.outFeatures() || input.size(0) != output.size(0)) {
            throw new IllegalArgumentException("A weight of [" + kernel.outFeatures() + ", " + kernel.inFeatures()
                    + "] cannot take " + input.shape() + " to " + output.shape() + ".");
        }
        return kernel;
    }

    @Override
    public Tensor dense(LinearOperator operator, DataType type, Scope scope) {
        LinearKernel kernel = factory.of(operator);
        int columns = kernel.inFeatures();
        Tensor dense = scope.zeros(type, kernel.outFeatures(), columns);
        try (InUse use = kernel.use(dense)) {
            // Custom forms run on tensors of one thread; the others decode rows in parallel.
            Parallel parallel = kernel instanceof RowKernel ? tools.parallel() : Parallel.SEQUENTIAL;
            int chunk = kernel instanceof RowKernel ? ROWS : kernel.outFeatures();
            if (type == DataType.F32) {
                Batch all = Batch.of("The dense view", dense);
                parallel.forEach(all.rows(), chunk, (from, to) -> kernel.decode(
                        from,
                        to,
                        new Batch(all.row(from), columns, to - from, columns)));
                return dense;
            }
            try (Scope child = scope.child()) {
                for (int from = 0; from < kernel.outFeatures(); from += 512) {
                    int to = Math.min(kernel.outFeatures(), from + 512);
                    Tensor rows = child.zeros(to - from, columns);
                    int first = from;
                    Batch batch = Batch.of("The dense view", rows);
                    parallel.forEach(to - from, Math.min(chunk, 512), (start, end) -> kernel.decode(
                            first + start,
                            first + end,
                            new Batch(batch.row(start), columns, end - start, columns)));
                    dense.slice(0, from, to).assign(rows);
                }
            }
            return dense;
        }
    }

    @Override
    public void embed(Tensor table, int[] tokens, Tensor output) {
        try (InUse use = InUse.of(table, output)) {
            Batch rows = Batch.of("The output", output);
            if (rows.rows() != tokens.length || rows.columns() != table.size(1)) {
                throw new IllegalArgumentException(
                        "Embedding " + tokens.length + " tokens by " + table.shape() + " does not give "
                                + output.shape()
                                + ".");
            }
            FloatReader reader = new FloatReader(table, tools.math());
            for (int i = 0; i < tokens.length; i++) {
                if (tokens[i] < 0 || tokens[i] >= table.size(0)) {
                    throw new IllegalArgumentException(
                            "Token " + tokens[i] + " is not in a vocabulary of " + table.size(0) + ".");
                }
                reader.read((long) tokens[i] * table.size(1), table.size(1), rows.row(i));
            }
        }
    }

    @Override
    public void addBias(Tensor input, Tensor vector) {
        try (InUse use = InUse.of(input, vector)) {
            Batch rows = Batch.rows("The input", input);
            try (Scratch.Frame frame = Scratch.frame()) {
                norms.addBias(rows, vector("A bias", vector, rows.columns(), frame));
            }
        }
    }

    @Override
    public void accumulate(Tensor target, Tensor other, double factor) {
        try (InUse use = InUse.of(target, other)) {
            Batch into = Batch.rows("The target", target);
            Batch from = Batch.rows("The summand", other);
            into.requireSameSize("Accumulation", from);
            tools.parallel().forEach(into.rows(), ROWS, (start, end) -> {
                for (int row = start; row < end; row++) {
                    tools.math().addScaled((float) factor, from.row(row), into.row(row), into.columns());
                }
            });
        }
    }

    @Override
    public void rmsNorm(Tensor input, Tensor gain, double offset, double epsilon, Tensor output) {
        try (InUse use = InUse.of(input, gain, output)) {
            Batch from = Batch.rows("The input of a norm", input);
            Batch to = Batch.rows("The output of a norm", output);
            from.requireSameSize("RMS norm", to);
            try (Scratch.Frame frame = Scratch.frame()) {
                norms.rms(from, vector("A gain", gain, from.columns(), frame), offset, epsilon, to);
            }
        }
    }

    @Override
    public void layerNorm(Tensor input, Tensor gain, Tensor bias, double epsilon, Tensor output) {
        try (InUse use = InUse.of(input, gain, bias, output)) {
            Batch from = Batch.rows("The input of a norm", input);
            Batch to = Batch.rows("The output of a norm", output);
            from.requireSameSize("Layer norm", to);
            try (Scratch.Frame frame = Scratch.frame()) {
                long factors = vector("A gain", gain, from.columns(), frame);
                long summands = bias == null ? 0 : vector("A bias", bias, from.columns(), frame);
                norms.layer(from, factors, summands, epsilon, to);
            }
        }
    }

    /** A vector as float32: in place if it is so, else widened into the frame. */
    private long vector(String what, Tensor vector, int size, Scratch.Frame frame) {
        if (vector.elements() != size) {
            throw new IllegalArgumentException(
                    what + " of shape " + vector.shape() + " does not fit rows of " + size + ".");
        }
        FloatReader reader = new FloatReader(vector, tools.math());
        if (reader.type() == DataType.F32) {
            return reader.at(0);
        }
        long address = frame.floats(size);
        reader.read(0, size, address);
        return address;
    }

    @Override
    public void rotate(Tensor heads, int[] positions, Rotary frequencies) {
        try (InUse use = InUse.of(heads)) {
            rotary.rotate(heads, positions, frequencies);
        }
    }

    @Override
    public void activate(Tensor values, Activation function) {
        try (InUse use = InUse.of(values)) {
            Batch rows = Batch.rows("The argument of an activation", values);
            activations.apply(rows, null, function, rows);
        }
    }

    @Override
    public void gate(Tensor gate, Tensor up, Activation function, Tensor output) {
        try (InUse use = InUse.of(gate, up, output)) {
            Batch gates = Batch.rows("The gate", gate);
            Batch ups = Batch.rows("The gated input", up);
            Batch outputs = Batch.rows("The output of a gate", output);
            gates.requireSameSize("A gate", ups);
            gates.requireSameSize("A gate", outputs);
            activations.apply(gates, ups, function, outputs);
        }
    }

    @Override
    public AttentionResult attention(AttentionCall call) {
        try (InUse use = InUse.of(held(call), call.queries(), call.newKeys(), call.newValues(), call.output())) {
            return attention.run(call);
        }
    }

    @Override
    public AttentionResult attention(AttentionCall call, AttentionState state) {
        try (InUse use = InUse.of(held(call), call.queries(), call.newKeys(), call.newValues(), call.output(),
                state.maximum(), state.sum(), state.weighted())) {
            return attention.resume(call, state);
        }
    }

    /** Stored keys and values that are read by address; forms that decode themselves read theirs as tensors. */
    private static List<Tensor> held(AttentionCall call) {
        List<Tensor> tensors = new ArrayList<>();
        for (KvSegment segment : call.stored().segments()) {
            if (segment instanceof PlainSegment plain) {
                tensors.addAll(plain.keys());
                tensors.addAll(plain.values());
            }
        }
        return tensors;
    }

    @Override
    public void synchronize() {
        // Calls are done when they return.
    }

    @Override
    public void close() {
        // Working memory belongs to the threads of the pool.
    }
}
