package lathe.cuda;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

import lathe.spi.LatheException;
import lathe.spi.attention.AttentionPlan;
import lathe.spi.backend.Activation;
import lathe.spi.backend.AttentionCall;
import lathe.spi.backend.AttentionResult;
import lathe.spi.backend.Completion;
import lathe.spi.backend.Compute;
import lathe.spi.backend.PreparedOperator;
import lathe.spi.kv.Observation;
import lathe.spi.kv.Observed;
import lathe.spi.model.Rotary;
import lathe.spi.operator.GroupQuantized;
import lathe.spi.operator.LinearOperator;
import lathe.spi.operator.NmSparse;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Shape;
import lathe.spi.tensor.Tensor;

/**
 * Kernels of a device. Calls are queued on one stream and return; weights travel on another, which the first waits for
 * where it needs them. One thread at a time, but scopes may be closed by any.
 */
final class CudaCompute implements Compute {
    private final Device device;
    private final Device.Stream stream;
    private final Device.Stream uploads;
    private final HostStaging staging;
    private final BufferPool pool;
    private final AttentionLaunch attention;
    private boolean closed;

    CudaCompute(Device device) {
        this.device = requireNonNull(device, "device is null");
        this.stream = device.openStream();
        this.uploads = device.openStream();
        this.staging = new HostStaging(device);
        this.pool = new BufferPool(device, stream);
        this.attention = new AttentionLaunch(this);
    }

    Device device() {
        return device;
    }

    /** The stream that computes. */
    Device.Stream stream() {
        return stream;
    }

    /** The stream that brings weights. */
    Device.Stream uploads() {
        return uploads;
    }

    HostStaging staging() {
        return staging;
    }

    /** Memory of activations and of what calls need for themselves. */
    BufferPool pool() {
        return pool;
    }

    /** Frees weights that work still under way may read. */
    void free(List<Long> addresses) {
        if (!closed) {
            uploads.synchronize();
            stream.synchronize();
            addresses.forEach(device::free);
        }
    }

    @Override
    public Tensor activations(Scope scope, int... sizes) {
        long bytes = Math.multiplyExact(Shape.of(sizes).elements(), (long) Float.BYTES);
        long address = pool.take(bytes);
        DeviceBuffer buffer = new DeviceBuffer(this, address);
        try {
            scope.onClose(() -> {
                buffer.end();
                pool.give(address);
            });
        } catch (RuntimeException closedScope) {
            pool.give(address);
            throw closedScope;
        }
        if (bytes > 0) {
            stream.zero(address, bytes);
        }
        return DeviceTensor.contiguous(buffer, scope, sizes);
    }

    /** The argument as a tensor of this backend. */
    DeviceTensor own(String what, Tensor tensor) {
        requireNonNull(tensor, () -> what + " is null");
        if (tensor instanceof DeviceTensor mine && mine.owner() == this) {
            return mine;
        }
        throw new IllegalArgumentException(what + " must be an activation that this backend made, not a "
                + tensor.getClass().getSimpleName() + ".");
    }

    @Override
    public Tensor read(Tensor activation, Scope scope) {
        DeviceTensor source = own("The activation", activation);
        Tensor copy = scope.zeros(source.shape().toArray());
        if (source.elements() > 0) {
            TensorCopies.read(this, source, copy.segment());
        }
        return copy;
    }

    @Override
    public void write(Tensor host, Tensor activation) {
        DeviceTensor target = own("The activation", activation);
        if (!host.shape().equals(target.shape())) {
            throw new IllegalArgumentException("A tensor of " + host.shape() + " cannot be written to one of "
                    + target.shape() + ".");
        }
        if (host instanceof DeviceTensor same) {
            TensorCopies.between(this, own("The source", same), target);
        } else if (host.elements() > 0) {
            TensorCopies.write(this, host, target);
        }
    }

    @Override
    public Optional<String> refusal(LinearOperator operator) {
        return Forms.refusal(requireNonNull(operator, "operator is null"));
    }

    @Override
    public PreparedOperator prepare(LinearOperator operator) {
        refusal(operator).ifPresent(reason -> {
            throw new LatheException(reason);
        });
        DeviceWeight weight = switch (operator) {
            case GroupQuantized quantized -> new Int4Weight(this, quantized);
            case NmSparse sparse -> new NmWeight(this, sparse);
            default -> throw new IllegalStateException("No kernel takes " + operator.form() + ".");
        };
        return weight.prepared();
    }

    @Override
    public void apply(PreparedOperator operator, Tensor input, Tensor output) {
        if (!(operator instanceof DeviceWeight weight) || weight.owner() != this) {
            throw new IllegalArgumentException("The weight was prepared by another backend: " + operator + ".");
        }
        DeviceTensor from = own("The input", input);
        DeviceTensor to = own("The output", output);
        LinearOperator form = weight.operator();
        boolean fits = from.rank() == 2 && to.rank() == 2 && from.size(1) == form.inFeatures()
                && to.size(1) == form.outFeatures() && from.size(0) == to.size(0);
        if (!fits) {
            throw new IllegalArgumentException("A weight of [" + form.outFeatures() + ", " + form.inFeatures()
                    + "] cannot take " + input.shape() + " to " + output.shape() + ".");
        }
        requireRows("The input", from);
        requireRows("The output", to);
        for (int token = 0; token < from.size(0); token += GemvGrid.MOST_TOKENS) {
            int end = Math.min(from.size(0), token + GemvGrid.MOST_TOKENS);
            weight.apply(stream, from.slice(0, token, end), to.slice(0, token, end));
        }
    }

    private static void requireRows(String what, DeviceTensor matrix) {
        if (matrix.size(1) > 1 && matrix.stride(1) != 1) {
            throw new IllegalArgumentException(what + " must have its rows in one piece.");
        }
    }

    @Override
    public Optional<String> refusal(AttentionCall call) {
        return attention.refusal(call);
    }

    @Override
    public AttentionResult attention(AttentionCall call) {
        refusal(call).ifPresent(reason -> {
            throw new LatheException(reason);
        });
        if (call.plan() instanceof AttentionPlan.Computed computed) {
            write(computed.output(), call.output());
            return new AttentionResult(Observed.NOTHING, 0, 0);
        }
        return attention.run(call);
    }

    static boolean observes(AttentionCall call) {
        return !call.observation().equals(Observation.NONE);
    }

    @Override
    public Completion submitted() {
        return stream.record();
    }

    @Override
    public void synchronize() {
        uploads.synchronize();
        stream.synchronize();
    }

    @Override
    public void close() {
        if (!closed) {
            synchronize();
            closed = true;
            staging.close();
            pool.close();
            uploads.close();
            stream.close();
            device.close();
        }
    }

    @Override
    public Tensor dense(LinearOperator operator, DataType type, Scope scope) {
        throw Forms.noKernel("The dense view of a weight");
    }

    @Override
    public void embed(Tensor table, int[] tokens, Tensor output) {
        throw Forms.noKernel("Embedding of tokens");
    }

    @Override
    public void addBias(Tensor input, Tensor vector) {
        throw Forms.noKernel("Addition of a bias");
    }

    @Override
    public void accumulate(Tensor target, Tensor other, double factor) {
        throw Forms.noKernel("Addition of activations");
    }

    @Override
    public void rmsNorm(Tensor input, Tensor gain, double offset, double epsilon, Tensor output) {
        throw Forms.noKernel("RMS norm");
    }

    @Override
    public void layerNorm(Tensor input, Tensor gain, Tensor bias, double epsilon, Tensor output) {
        throw Forms.noKernel("Layer norm");
    }

    @Override
    public void rotate(Tensor heads, int[] positions, Rotary rotary) {
        throw Forms.noKernel("Rotation of positions");
    }

    @Override
    public void activate(Tensor values, Activation function) {
        throw Forms.noKernel("The activation function " + function.name().toLowerCase(Locale.ROOT));
    }

    @Override
    public void gate(Tensor gate, Tensor up, Activation function, Tensor output) {
        throw Forms.noKernel("A gate by " + function.name().toLowerCase(Locale.ROOT));
    }
}
