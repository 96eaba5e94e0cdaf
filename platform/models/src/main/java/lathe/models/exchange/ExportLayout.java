package lathe.models.exchange;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The layouts that a model can be exported in. */
public enum ExportLayout {
    /** Every weight with all its entries, pruned ones as zeros. */
    DENSE("dense"),
    /** compressed-tensors, pack-quantized. */
    COMPRESSED_TENSORS("compressed-tensors"),
    /** AutoGPTQ and its successors. */
    GPTQ("gptq"),
    /** AutoAWQ, version gemm. */
    AWQ("awq"),
    /** Lathe's own: every stored form and every change of structure as it is. */
    LATHE("lathe");

    private final String label;

    ExportLayout(String label) {
        this.label = label;
    }

    /**
     * The layout's name on the command line and in experiments.
     *
     * @return such as {@code compressed-tensors}
     */
    public String label() {
        return label;
    }

    /**
     * A layout by its name.
     *
     * @param label such as {@code gptq}
     * @return the layout, or nothing if there is none of that name
     */
    public static Optional<ExportLayout> labelled(String label) {
        return Arrays.stream(values()).filter(layout -> layout.label.equals(label)).findFirst();
    }

    /**
     * All names.
     *
     * @return in the order of the constants
     */
    public static List<String> labels() {
        return Arrays.stream(values()).map(ExportLayout::label).toList();
    }
}
