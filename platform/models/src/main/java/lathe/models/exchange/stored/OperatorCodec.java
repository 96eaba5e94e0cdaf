package lathe.models.exchange.stored;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import lathe.spi.LatheException;
import lathe.spi.operator.BitmaskSparse;
import lathe.spi.operator.BlockSparse;
import lathe.spi.operator.Codebook;
import lathe.spi.operator.Csr;
import lathe.spi.operator.Custom;
import lathe.spi.operator.Dense;
import lathe.spi.operator.DictionarySparse;
import lathe.spi.operator.GroupQuantized;
import lathe.spi.operator.GroupStatistic;
import lathe.spi.operator.LinearOperator;
import lathe.spi.operator.LowRank;
import lathe.spi.operator.Masked;
import lathe.spi.operator.NmSparse;
import lathe.spi.operator.Rotated;
import lathe.spi.operator.Rotation;
import lathe.spi.operator.Sum;
import lathe.spi.operator.TileQuantized;
import lathe.spi.operator.Values;
import lathe.spi.operator.ZeroPoints;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * Puts stored forms together from what {@link LinearOperator#form()}, {@link LinearOperator#parts()} and
 * {@link LinearOperator#attributes()} say of them: for copies, and for reading files.
 */
public final class OperatorCodec {
    private final String form;
    private final Map<String, Tensor> parts;
    private final Map<String, String> attributes;

    private OperatorCodec(String form, Map<String, Tensor> parts, Map<String, String> attributes) {
        this.form = form;
        this.parts = parts;
        this.attributes = attributes;
    }

    /**
     * A copy in another scope, equal to the bit.
     *
     * @param operator any form; a custom one keeps its memory itself and is returned as it is
     * @param scope    where the tensors of the copy live
     * @return the copy
     */
    public static LinearOperator copy(LinearOperator operator, Scope scope) {
        return switch (operator) {
            case Custom custom -> custom;
            case Masked masked -> new Masked(masked.mask(), new Dense(masked.inner().weight().in(scope).copy()));
            default -> decode(operator.form(), copies(operator.parts(), scope), operator.attributes());
        };
    }

    private static Map<String, Tensor> copies(Map<String, Tensor> parts, Scope scope) {
        Map<String, Tensor> copies = new LinkedHashMap<>();
        parts.forEach((name, part) -> copies.put(name, part.in(scope).copy()));
        return copies;
    }

    /**
     * Whether an operator can be put together again from its parts.
     *
     * @param operator any form
     * @return false for custom forms and for masks of training, alone or inside another
     */
    public static boolean decodes(LinearOperator operator) {
        return switch (operator) {
            case Custom custom -> false;
            case Masked masked -> false;
            case Sum sum -> sum.terms().stream().allMatch(OperatorCodec::decodes);
            case Rotated rotated -> decodes(rotated.inner());
            default -> true;
        };
    }

    /**
     * Puts an operator together.
     *
     * @param form       its form
     * @param parts      its tensors by name
     * @param attributes what else it says
     * @return the operator
     * @throws LatheException if the form is not known, or something is missing or does not fit
     */
    public static LinearOperator decode(String form, Map<String, Tensor> parts, Map<String, String> attributes) {
        try {
            return new OperatorCodec(form, parts, attributes).operator();
        } catch (IllegalArgumentException failure) {
            throw new LatheException("A stored weight of the form " + form + " is damaged: " + failure.getMessage(),
                    failure);
        }
    }

    private LinearOperator operator() {
        return switch (form) {
            case "dense" -> new Dense(part("weight"));
            case "group-quantized" -> new GroupQuantized(part("codes").size(0), number("in"), number("bits"),
                    number("group"), part("codes"), part("scales"), zeros(), optional("column_groups"));
            case "tile-quantized" -> new TileQuantized(number("out"), number("in"), number("bits"), number("group"),
                    part("codes"), statistic("scale"), statistic("zero"), optional("order"));
            case "codebook" -> new Codebook(part("codes").size(0), number("in"), number("bits"), part("codes"),
                    part("table"), number("group"), optional("scales"), Float.parseFloat(text("tensor_scale")));
            case "bitmask" -> new BitmaskSparse(part("bitmap").size(0), number("in"), part("bitmap"),
                    part("row_starts"), values());
            case "n-m" -> new NmSparse(part("places").size(0), number("in"), number("kept"), number("of"),
                    part("places"), values());
            case "block-sparse" -> new BlockSparse(number("out"), number("in"), part("values").size(1),
                    part("values").size(2), part("row_starts"), part("columns"), part("values"));
            case "csr" -> csr();
            case "low-rank" -> new LowRank(part("up"), part("down"));
            case "dictionary" -> new DictionarySparse(part("dictionary"), nested("coefficients", "csr").csr());
            case "rotated" -> rotated();
            case "sum" -> sum();
            default ->
                throw new LatheException("The form '" + form + "' of a stored weight is not known: it comes from "
                        + "a newer version or from a bundle that is not installed.");
        };
    }

    private Csr csr() {
        return new Csr(part("row_starts").size(0) - 1, number("in"), part("row_starts"), part("columns"),
                part("values"));
    }

    /** A number of every group of a tile-quantized weight. */
    private GroupStatistic statistic(String name) {
        OperatorCodec nested = nested(name, form);
        if (!nested.attributes.containsKey("bits")) {
            return new GroupStatistic.Plain(nested.part("values"));
        }
        int group = number("group");
        return new GroupStatistic.Coded(number("out"), (number("in") + group - 1) / Math.max(1, group),
                nested.number("bits"), nested.number("run"), nested.part("codes"), nested.part("scales"),
                nested.part("zeros"));
    }

    private LinearOperator rotated() {
        LinearOperator inner = nested("inner", text("inner")).operator();
        Optional<Tensor> matrix = optional("rotation");
        Rotation rotation = matrix.isPresent()
                ? new Rotation.Matrix(matrix.get())
                : new Rotation.Hadamard(inner.inFeatures(), number("hadamard"),
                        attributes.containsKey("stride") ? number("stride") : 1);
        return new Rotated(rotation, inner);
    }

    private LinearOperator sum() {
        List<LinearOperator> terms = new ArrayList<>();
        for (int i = 0; i < number("terms"); i++) {
            terms.add(nested(Integer.toString(i), text(Integer.toString(i))).operator());
        }
        return new Sum(terms);
    }

    private Values values() {
        return attributes.containsKey("bits")
                ? new Values.Packed(number("bits"), number("group"), part("codes"), part("scales"), zeros())
                : new Values.Plain(part("values"));
    }

    private ZeroPoints zeros() {
        if (attributes.containsKey("zero_bits")) {
            return new ZeroPoints.Packed(number("zero_bits"), part("zeros"));
        }
        return text("zero").equals("real")
                ? new ZeroPoints.Real(part("zeros"))
                : new ZeroPoints.Constant(number("zero"));
    }

    private OperatorCodec nested(String prefix, String nestedForm) {
        return new OperatorCodec(nestedForm, within(prefix + ".", parts), within(prefix + ".", attributes));
    }

    private static <V> Map<String, V> within(String prefix, Map<String, V> all) {
        Map<String, V> some = new LinkedHashMap<>();
        all.forEach((name, value) -> {
            if (name.startsWith(prefix)) {
                some.put(name.substring(prefix.length()), value);
            }
        });
        return some;
    }

    private Tensor part(String name) {
        return optional(name).orElseThrow(() -> new IllegalArgumentException("its tensor '" + name + "' is missing."));
    }

    private Optional<Tensor> optional(String name) {
        return Optional.ofNullable(parts.get(name));
    }

    private int number(String name) {
        String text = text(name);
        if (!text.matches("\\d{1,9}")) {
            throw new IllegalArgumentException("its attribute '" + name + "' is '" + text + "', which is no number.");
        }
        return Integer.parseInt(text);
    }

    private String text(String name) {
        String value = attributes.get(name);
        if (value == null) {
            throw new IllegalArgumentException("its attribute '" + name + "' is missing.");
        }
        return value;
    }
}
