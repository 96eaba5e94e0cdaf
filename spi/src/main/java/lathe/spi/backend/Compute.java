package lathe.spi.backend;

import java.util.List;
import java.util.Optional;

import lathe.spi.LatheException;
import lathe.spi.model.Rotary;
import lathe.spi.operator.LinearOperator;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * Kernels of one processor. Activations are float32 tensors that {@link #activations} made; on a device they live there
 * and their {@link Tensor#segment()} is not readable. Calls may return before they are done; results are complete after
 * {@link #read} or {@link #synchronize}. Outputs are overwritten and may be one of the inputs unless stated otherwise.
 */
public interface Compute extends AutoCloseable {
    /**
     * Memory for activations of this processor.
     *
     * @param scope owner on the host; the device memory dies with it
     * @param sizes the shape
     * @return float32 zeros
     */
    Tensor activations(Scope scope, int... sizes);

    /**
     * Copies an activation to the host.
     *
     * @param activation a tensor of this processor
     * @param scope      where the copy lives; on the CPU the tensor itself is returned
     * @return a readable tensor
     */
    Tensor read(Tensor activation, Scope scope);

    /**
     * Copies numbers to an activation.
     *
     * @param host       a readable tensor
     * @param activation a tensor of this processor and of the same shape
     */
    void write(Tensor host, Tensor activation);

    /**
     * Why {@link #prepare} would not take a weight. A backend need not have a kernel for every form: whoever places the
     * weights of a model asks first and leaves the others to the CPU, instead of finding out by an error.
     *
     * @param operator the stored form
     * @return a sentence, empty if it takes it
     */
    default Optional<String> refusal(LinearOperator operator) {
        return Optional.empty();
    }

    /**
     * Why {@link #attention} would not execute a call.
     *
     * @param call queries, keys, values, plan
     * @return a sentence, empty if it would
     */
    default Optional<String> refusal(AttentionCall call) {
        return Optional.empty();
    }

    /**
     * Makes a weight ready. On a device the copy may still be on its way when the call returns; the stored form has been
     * read by then, and kernels that need the weight wait for it by themselves. A form that the processor has no kernel for is turned into one that it has only if that takes
     * no more memory; otherwise {@link lathe.spi.LatheException} says so.
     *
     * @param operator the stored form
     * @return a handle for {@link #apply}
     */
    PreparedOperator prepare(LinearOperator operator);

    /**
     * y = x W^T for every row of a batch.
     *
     * @param operator a handle of this processor
     * @param input    [n, in]
     * @param output   [n, out], not the input
     */
    void apply(PreparedOperator operator, Tensor input, Tensor output);

    /**
     * y = x W^T of several weights for every row of the same batch: what {@link #apply} gives for each, perhaps at once.
     *
     * @param operators handles of this processor
     * @param input     [n, in]
     * @param outputs   [n, out] of each weight, apart from each other and from the input
     */
    default void applyAll(List<PreparedOperator> operators, Tensor input, List<Tensor> outputs) {
        requireOutputs(operators, outputs);
        for (int i = 0; i < operators.size(); i++) {
            apply(operators.get(i), input, outputs.get(i));
        }
    }

    /**
     * Checks that there is an output for every weight.
     *
     * @param operators weights
     * @param outputs   where their products go
     */
    static void requireOutputs(List<PreparedOperator> operators, List<Tensor> outputs) {
        if (operators.size() != outputs.size()) {
            throw new IllegalArgumentException("There are " + operators.size() + " weights, but " + outputs.size()
                    + " outputs.");
        }
    }

    /**
     * The dense matrix of a stored form.
     *
     * @param operator any stored form
     * @param type     F32, BF16 or F16
     * @param scope    where the result lives
     * @return [out, in], on the host
     */
    Tensor dense(LinearOperator operator, DataType type, Scope scope);

    /**
     * Rows of an embedding table.
     *
     * @param table  [vocabulary, hidden], any float type, on the host
     * @param tokens ids
     * @param output [tokens, hidden]
     */
    void embed(Tensor table, int[] tokens, Tensor output);

    /**
     * Adds a vector to every row.
     *
     * @param input  [n, d], overwritten
     * @param vector [d]
     */
    void addBias(Tensor input, Tensor vector);

    /**
     * target += factor * other.
     *
     * @param target overwritten
     * @param other  of the same shape
     * @param factor usually 1
     */
    void accumulate(Tensor target, Tensor other, double factor);

    /**
     * RMS norm over the last dimension: x / sqrt(mean(x^2) + epsilon) * (gain + offset).
     *
     * @param input   [.., d]
     * @param gain    [d]
     * @param offset  1 where gains are stored as differences from one (Gemma), else 0
     * @param epsilon added to the mean square
     * @param output  of the input's shape
     */
    void rmsNorm(Tensor input, Tensor gain, double offset, double epsilon, Tensor output);

    /**
     * Layer norm over the last dimension.
     *
     * @param input   [.., d]
     * @param gain    [d]
     * @param bias    [d] or null
     * @param epsilon added to the variance
     * @param output  of the input's shape
     */
    void layerNorm(Tensor input, Tensor gain, Tensor bias, double epsilon, Tensor output);

    /**
     * Rotates positions into heads, in place.
     *
     * @param heads     [h, n, headDim], any strides with contiguous heads
     * @param positions [n]
     * @param rotary    frequencies and pairing
     */
    void rotate(Tensor heads, int[] positions, Rotary rotary);

    /**
     * Activation function, in place.
     *
     * @param values   any shape
     * @param function which
     */
    void activate(Tensor values, Activation function);

    /**
     * Gated activation: output = function(gate) * up.
     *
     * @param gate     [n, f]
     * @param up       [n, f]
     * @param function which
     * @param output   [n, f]
     */
    void gate(Tensor gate, Tensor up, Activation function, Tensor output);

    /**
     * Attention of one layer.
     *
     * @param call queries, keys, values, plan
     * @return observations and counts
     */
    AttentionResult attention(AttentionCall call);

    /**
     * Attention that goes on where an earlier call left off, over other keys. Nothing is observed on the way: shares of
     * attention are known only when all keys were read.
     *
     * @param call  keys and values that were not read before; the output becomes that of all that was read so far
     * @param state of the same queries; read, and overwritten with where this call ends
     * @return counts of this call
     * @throws LatheException           if the backend keeps no states
     * @throws IllegalArgumentException if the state is of other queries, the plan is a computed output, or something is
     *                                  to be observed
     */
    default AttentionResult attention(AttentionCall call, AttentionState state) {
        throw new LatheException("This backend reads all keys of a call at once and keeps no state of attention.");
    }

    /**
     * Marks the point in the work that the calls so far have reached, without waiting. A caller that runs several
     * sequences waits for the one that it needs and lets the others go on; {@link #synchronize} waits for all.
     *
     * @return reached when all calls before this one are done; at once where calls are done when they return
     */
    default Completion submitted() {
        return Completion.DONE;
    }

    /** Waits until all calls are done. */
    void synchronize();

    /** Frees what the processor holds for this object. */
    @Override
    void close();
}
