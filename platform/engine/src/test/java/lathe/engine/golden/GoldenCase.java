package lathe.engine.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** A reference case of the shared folder: inputs, expected results, and how to compare them. */
final class GoldenCase {
    private final String name;
    private final JsonObject description;
    private final JsonObject header;
    private final MemorySegment data;
    private final Scope scope;

    private GoldenCase(String name, JsonObject description, JsonObject header, MemorySegment data, Scope scope) {
        this.name = name;
        this.description = description;
        this.header = header;
        this.data = data;
        this.scope = scope;
    }

    /** Reads a case; where the shared folder is missing, the test is skipped and says so. */
    static GoldenCase read(String name, Scope scope) {
        Path folder = Path.of(System.getProperty("lathe.shared", "../shared"), "golden", "ops");
        if (!Files.isDirectory(folder)) {
            System.out.println("Skipped: there are no golden files in " + folder.toAbsolutePath());
        }
        assumeTrue(Files.isDirectory(folder), "no golden files in " + folder);
        try (FileChannel file = FileChannel.open(folder.resolve(name + ".safetensors"), StandardOpenOption.READ)) {
            JsonObject description = JsonParser.parseString(Files.readString(folder.resolve(name + ".json")))
                    .getAsJsonObject();
            MemorySegment all = file.map(FileChannel.MapMode.READ_ONLY, 0, file.size(), Arena.ofAuto());
            long length = all.get(java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED, 0);
            byte[] header = all.asSlice(8, length).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
            JsonObject json = JsonParser.parseString(new String(header, StandardCharsets.UTF_8)).getAsJsonObject();
            return new GoldenCase(name, description, json, all.asSlice(8 + length), scope);
        } catch (IOException e) {
            throw new AssertionError("The case " + name + " cannot be read.", e);
        }
    }

    boolean has(String tensor) {
        return header.has(tensor);
    }

    Tensor in(String input) {
        return tensor("in." + input);
    }

    Tensor out(String result) {
        return tensor("out." + result);
    }

    private Tensor tensor(String key) {
        JsonObject entry = header.getAsJsonObject(key);
        assertThat(entry).as("%s of %s", key, name).isNotNull();
        JsonArray shape = entry.getAsJsonArray("shape");
        int[] sizes = new int[shape.size()];
        for (int i = 0; i < sizes.length; i++) {
            sizes[i] = shape.get(i).getAsInt();
        }
        JsonArray offsets = entry.getAsJsonArray("data_offsets");
        MemorySegment bytes = data.asSlice(offsets.get(0).getAsLong(),
                offsets.get(1).getAsLong() - offsets.get(0).getAsLong());
        return scope.over(bytes, DataType.named(entry.get("dtype").getAsString()).orElseThrow(), sizes);
    }

    double parameter(String key) {
        return description.getAsJsonObject("parameters").get(key).getAsDouble();
    }

    boolean flag(String key) {
        return description.getAsJsonObject("parameters").get(key).getAsBoolean();
    }

    /** Checks a result by the rule that the case states for it. */
    void check(String result, Tensor actual) {
        assertThat(actual.shape()).as("shape of %s of %s", result, name).isEqualTo(out(result).shape());
        check(result, values(actual));
    }

    void check(String result, double... actual) {
        JsonObject rule = description.getAsJsonObject("expected").getAsJsonObject(result);
        double[] expected = values(out(result));
        assertThat(actual).as("%s of %s", result, name).hasSameSizeAs(expected);
        switch (rule.get("compare").getAsString()) {
            case "exact" -> assertThat(actual).as("%s of %s", result, name).containsExactly(expected);
            case "exact-after-rounding-to-f32" -> {
                for (int i = 0; i < expected.length; i++) {
                    assertThat((float) actual[i]).as("%s[%d] of %s", result, i, name).isEqualTo((float) expected[i]);
                }
            }
            case "close" ->
                close(result, actual, expected, rule.get("rtol").getAsDouble(), rule.get("atol").getAsDouble());
            case "relative-error" -> relative(result, actual, expected, rule.get("rtol").getAsDouble());
            default -> throw new AssertionError("unknown comparison in " + name + ": " + rule);
        }
    }

    private void close(String result, double[] actual, double[] expected, double relative, double absolute) {
        for (int i = 0; i < expected.length; i++) {
            if (Double.isNaN(expected[i]) || Double.isInfinite(expected[i])) {
                assertThat(actual[i]).as("%s[%d] of %s", result, i, name).isEqualTo(expected[i]);
            } else {
                assertThat(actual[i]).as("%s[%d] of %s", result, i, name)
                        .isCloseTo(expected[i], within(absolute + relative * Math.abs(expected[i])));
            }
        }
    }

    private void relative(String result, double[] actual, double[] expected, double limit) {
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < expected.length; i++) {
            difference += (actual[i] - expected[i]) * (actual[i] - expected[i]);
            norm += expected[i] * expected[i];
        }
        assertThat(Math.sqrt(difference)).as("%s of %s", result, name).isLessThanOrEqualTo(limit * Math.sqrt(norm));
    }

    /** All elements in float64, whatever the type. */
    static double[] values(Tensor tensor) {
        Tensor flat = tensor.isContiguous() ? tensor.reshape((int) tensor.elements())
                : tensor.copy().reshape((int) tensor.elements());
        double[] values = new double[(int) tensor.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = flat.get(i);
        }
        return values;
    }
}
