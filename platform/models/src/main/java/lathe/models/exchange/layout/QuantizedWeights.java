package lathe.models.exchange.layout;

import static java.util.Objects.requireNonNull;

import java.util.Map;
import java.util.Optional;

import lathe.models.architecture.ModelFolder;
import lathe.models.architecture.PlannedTensor;
import lathe.models.architecture.RowSelection;
import lathe.models.checkpoint.TensorEntry;
import lathe.models.checkpoint.Visible;
import lathe.spi.LatheException;
import lathe.spi.operator.GroupQuantized;
import lathe.spi.operator.LinearOperator;
import lathe.spi.operator.NmSparse;
import lathe.spi.operator.Values;
import lathe.spi.operator.ZeroPoints;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Reads the quantised weights of a folder, in whichever of the supported layouts they are. */
public final class QuantizedWeights {
    private final ModelFolder folder;
    private final QuantizedLayout layout;
    private final boolean inputsAlongRows;

    private QuantizedWeights(ModelFolder folder, QuantizedLayout layout, boolean inputsAlongRows) {
        this.folder = folder;
        this.layout = layout;
        this.inputsAlongRows = inputsAlongRows;
    }

    /**
     * A reader for a folder.
     *
     * @param folder a model with a quantization_config; must stay open as long as what is read is used
     * @return the reader
     * @throws LatheException if the config asks for a layout or version that cannot be read
     */
    public static QuantizedWeights of(ModelFolder folder) {
        requireNonNull(folder, "folder is null");
        Map<String, Object> values = folder.quantization()
                .orElseThrow(() -> new IllegalArgumentException("The model is not quantised."));
        QuantizationConfig config = new QuantizationConfig(folder.folder().resolve("config.json"), values);
        String method = config.text("quant_method").orElse("");
        return switch (method) {
            case "gptq" -> new QuantizedWeights(folder, new GptqLayout(config), true);
            case "awq" -> new QuantizedWeights(folder, new AwqLayout(config), true);
            case "compressed-tensors" -> new QuantizedWeights(folder, new CompressedTensorsLayout(config), false);
            default -> throw config.problem("quant_method", "is " + Visible.name(method) + ", which is not supported");
        };
    }

    /**
     * Reads a stored tensor, with all parts that may be fused in it.
     *
     * @param tensor a planned tensor that is quantised
     * @param scope  where copies live
     * @return the weight [out, in]; empty if the tensor is stored dense
     * @throws LatheException if something is missing or does not fit
     */
    public Optional<LinearOperator> read(PlannedTensor tensor, Scope scope) {
        Map<String, TensorEntry> entries = folder.quantizedParts(tensor.parts().getFirst().slot());
        if (entries.isEmpty() || tensor.parts().getFirst().slot().bias()) {
            return Optional.empty();
        }
        Parts parts = new Parts(tensor.name(), entries);
        if (tensor.shape().size() != 2 || tensor.transposed() && !inputsAlongRows) {
            throw parts.problem("of the model's " + (tensor.transposed() ? "transposed" : "fused")
                    + " tensors this layout has no form that is supported");
        }
        int first = Math.toIntExact(tensor.shape().get(0));
        int second = Math.toIntExact(tensor.shape().get(1));
        try {
            return Optional.of(layout.read(parts, tensor.transposed() ? second : first,
                    tensor.transposed() ? first : second, scope));
        } catch (InternalError e) {
            throw entries.values().iterator().next().shortened(e);
        }
    }

    /**
     * How the input of a stored tensor is rounded before the product.
     *
     * @param tensor a planned tensor that is quantised
     * @return the rounding, if the checkpoint asks for one
     * @throws LatheException if it asks for one that cannot be computed
     */
    public Optional<InputRounding> inputs(PlannedTensor tensor) {
        Parts parts = new Parts(tensor.name(), folder.quantizedParts(tensor.parts().getFirst().slot()));
        return layout.inputs(parts.module(), parts);
    }

    /**
     * A bias that the model does not call for: old writers of GPTQ add one to every weight, mostly of zeros.
     *
     * @param tensor a planned tensor that is quantised
     * @param scope  where results of its operations live
     * @return the bias [out], if there is one that is not all zero
     */
    public Optional<Tensor> unplannedBias(PlannedTensor tensor, Scope scope) {
        Map<String, TensorEntry> entries = folder.quantizedParts(tensor.parts().getFirst().slot());
        if (!entries.containsKey(Parts.BIAS)) {
            return Optional.empty();
        }
        long out = tensor.shape().get(tensor.transposed() ? 1 : 0);
        Tensor bias = new Parts(tensor.name(), entries).exact(Parts.BIAS, Parts.FLOATS, out).tensor(scope);
        return bias.maxAbs() == 0 ? Optional.empty() : Optional.of(bias);
    }

    /**
     * Some rows of a weight. Rows that lie together are not copied.
     *
     * @param whole what {@link #read} gave
     * @param rows  which
     * @return the weight of these rows
     */
    public static LinearOperator rows(LinearOperator whole, RowSelection rows) {
        if (rows.rows() == whole.outFeatures()) {
            return whole;
        }
        if (whole instanceof GroupQuantized quantized) {
            return new GroupQuantized((int) rows.rows(), quantized.inFeatures(), quantized.bits(), quantized.group(),
                    rows(quantized.codes(), rows), rows(quantized.scales(), rows), rows(quantized.zeros(), rows),
                    quantized.columnGroups());
        }
        if (whole instanceof NmSparse sparse && sparse.values() instanceof Values.Plain plain) {
            Tensor values = plain.values().reshape(sparse.outFeatures(), sparse.keptPerRow());
            Tensor chosen = rows(values, rows);
            return new NmSparse((int) rows.rows(), sparse.inFeatures(), sparse.kept(), sparse.group(),
                    rows(sparse.places(), rows),
                    new Values.Plain(chosen.reshape(Math.toIntExact(chosen.elements()))));
        }
        throw new IllegalArgumentException("Rows of " + whole.form() + " cannot be cut out.");
    }

    /**
     * Some entries of a tensor's outermost dimension.
     *
     * @param tensor the tensor
     * @param rows   which
     * @return a view if they lie together, else a copy
     */
    public static Tensor rows(Tensor tensor, RowSelection rows) {
        if (rows.isRange()) {
            return tensor.slice(0, (int) rows.first(), (int) (rows.first() + rows.rows()));
        }
        int[] indices = new int[(int) rows.rows()];
        for (int i = 0; i < indices.length; i++) {
            indices[i] = (int) rows.stored(i);
        }
        return tensor.select(indices);
    }

    private static ZeroPoints rows(ZeroPoints zeros, RowSelection rows) {
        return switch (zeros) {
            case ZeroPoints.Constant constant -> constant;
            case ZeroPoints.Packed packed -> new ZeroPoints.Packed(packed.bits(), rows(packed.packed(), rows));
            case ZeroPoints.Real real -> new ZeroPoints.Real(rows(real.values(), rows));
        };
    }
}
