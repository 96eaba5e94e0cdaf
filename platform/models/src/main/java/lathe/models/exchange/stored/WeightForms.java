package lathe.models.exchange.stored;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;

import com.typesafe.config.Config;

import lathe.models.checkpoint.StoredType;
import lathe.models.checkpoint.TensorSource;
import lathe.models.exchange.layout.InputRounding;
import lathe.models.transformer.ExpertRouting;
import lathe.models.transformer.ModelWeights;
import lathe.spi.LatheException;
import lathe.spi.model.Site;
import lathe.spi.operator.LinearOperator;
import lathe.spi.operator.Masked;
import lathe.spi.tensor.Mask;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** What is written of a model in Lathe's own layout: a description and the tensors of every form. */
public final class WeightForms {
    /** The file with the description. */
    public static final String FILE = "weights.json";
    /** The value of {@code quant_method}. */
    public static final String METHOD = "lathe";
    static final int VERSION = 1;
    static final String MASKED = "masked";
    private static final int PIECE = 1 << 24;

    private final List<TensorSource> tensors = new ArrayList<>();

    private WeightForms() {}

    /**
     * A model to be written.
     *
     * @param description the content of {@link #FILE}
     * @param tensors     all tensors; nothing is copied before it is written
     */
    public record Written(SequencedMap<String, Object> description, List<TensorSource> tensors) {}

    /**
     * What stands in a config for this layout.
     *
     * @return the object {@code quantization_config}
     */
    public static SequencedMap<String, Object> config() {
        SequencedMap<String, Object> config = new LinkedHashMap<>();
        config.put("quant_method", METHOD);
        config.put("version", VERSION);
        return config;
    }

    /**
     * Describes a model.
     *
     * @param weights its contents, which must stay readable until they are written
     * @return what is to be written
     * @throws LatheException if a weight has a form that cannot be read back
     */
    public static Written of(ModelWeights weights) {
        requireNonNull(weights, "weights is null");
        WeightForms forms = new WeightForms();
        return new Written(forms.describe(weights), forms.tensors);
    }

    private SequencedMap<String, Object> describe(ModelWeights weights) {
        List<Object> operators = new ArrayList<>();
        List<Object> biases = new ArrayList<>();
        List<Object> inputs = new ArrayList<>();
        for (Site site : weights.sites()) {
            operators.add(operator(site, weights.operator(site)));
            weights.bias(site).ifPresent(bias -> {
                biases.add(place(site));
                tensors.add(source("bias/" + site.name(), bias));
            });
            weights.inputs(site).ifPresent(rounding -> inputs.add(rounding(site, rounding)));
        }
        List<Object> vectors = new ArrayList<>(weights.vectorNames());
        weights.vectorNames().forEach(
                name -> tensors.add(source("vector/" + name, weights.vector(name).orElseThrow())));
        SequencedMap<String, Object> all = new LinkedHashMap<>();
        all.put("version", VERSION);
        weights.routing().ifPresent(routing -> all.put("routing", routing(routing)));
        all.put("inputs", inputs);
        all.put("biases", biases);
        all.put("vectors", vectors);
        all.put("operators", operators);
        return all;
    }

    private Map<String, Object> operator(Site site, LinearOperator operator) {
        boolean masked = operator instanceof Masked;
        if (!masked && !OperatorCodec.decodes(operator)) {
            throw new LatheException("The weight " + site.name() + " has the form " + operator.form()
                    + ", which could not be read back: it lives in memory only, or belongs to a bundle.");
        }
        Map<String, Object> described = place(site);
        described.put("form", operator.form());
        described.put("attributes", new LinkedHashMap<>(operator.attributes()));
        List<Object> parts = new ArrayList<>();
        operator.parts().forEach((name, part) -> {
            parts.add(name);
            tensors.add(source(site.name() + "/" + name, part));
        });
        if (operator instanceof Masked held) {
            parts.add("mask");
            tensors.add(mask(site.name() + "/mask", held.mask()));
        }
        described.put("parts", parts);
        return described;
    }

    private static Map<String, Object> place(Site site) {
        Map<String, Object> place = new LinkedHashMap<>();
        place.put("block", site.block());
        place.put("role", site.role().label());
        place.put("expert", site.expert());
        place.put("out", site.outFeatures());
        place.put("in", site.inFeatures());
        return place;
    }

    private static Map<String, Object> rounding(Site site, InputRounding rounding) {
        Map<String, Object> described = place(site);
        described.put("bits", rounding.bits());
        described.put("symmetric", rounding.symmetric());
        described.put("group", rounding.group());
        rounding.fixed().ifPresent(step -> {
            described.put("step", (double) step.size());
            described.put("zero", step.zero());
        });
        return described;
    }

    private static Map<String, Object> routing(ExpertRouting routing) {
        Map<String, Object> parameters = new TreeMap<>(routing.method().settings());
        routing.method().parameters().map(Config::root)
                .ifPresent(given -> given.unwrapped().forEach(parameters::putIfAbsent));
        Map<String, Object> described = new LinkedHashMap<>();
        described.put("active", routing.active());
        described.put("method", routing.method().id());
        described.put("parameters", parameters);
        return described;
    }

    private static TensorSource source(String name, Tensor tensor) {
        StoredType type = StoredType.of(tensor.type().name()).orElseThrow();
        long[] shape = new long[tensor.rank()];
        for (int i = 0; i < shape.length; i++) {
            shape[i] = tensor.size(i);
        }
        return tensor.isContiguous() ? TensorSource.of(name, type, shape, tensor.segment())
                : new TensorSource(name, type, shape, target -> {
                    try (Scope local = tensor.scope().child()) {
                        write(tensor.in(local).copy().segment(), target);
                    }
                });
    }

    private static void write(MemorySegment bytes, WritableByteChannel target) throws IOException {
        for (long at = 0; at < bytes.byteSize(); at += PIECE) {
            ByteBuffer piece = bytes.asSlice(at, Math.min(PIECE, bytes.byteSize() - at)).asByteBuffer();
            while (piece.hasRemaining()) {
                target.write(piece);
            }
        }
    }

    /** Rows of 64-bit words, the lowest bit of the first being column 0. */
    private static TensorSource mask(String name, Mask mask) {
        int words = (mask.columns() + 63) / 64;
        return new TensorSource(name, StoredType.U8, new long[] {mask.rows(), 8L * words}, target -> {
            ByteBuffer row = ByteBuffer.allocate(8 * words).order(ByteOrder.LITTLE_ENDIAN);
            for (int i = 0; i < mask.rows(); i++) {
                row.clear();
                for (int word = 0; word < words; word++) {
                    row.putLong(mask.word(i, word));
                }
                row.flip();
                while (row.hasRemaining()) {
                    target.write(row);
                }
            }
        });
    }

    /** The mask of such bytes. */
    static Mask mask(Tensor bytes, int columns) {
        Mask.Builder builder = new Mask.Builder(bytes.size(0), columns);
        MemorySegment bits = bytes.segment();
        for (int row = 0; row < bytes.size(0); row++) {
            for (int column = 0; column < columns; column++) {
                long at = (long) row * bytes.size(1) + column / 8;
                if ((bits.get(ValueLayout.JAVA_BYTE, at) >>> column % 8 & 1) != 0) {
                    builder.keep(row, column);
                }
            }
        }
        return builder.build();
    }
}
