package lathe.engine.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** One golden operator: its json and its tensors. */
final class GoldenCase {
    private final String name;
    private final JsonObject description;
    private final JsonObject header;
    private final ByteBuffer data;
    private final Scope scope;

    private GoldenCase(String name, JsonObject description, JsonObject header, ByteBuffer data, Scope scope) {
        this.name = name;
        this.description = description;
        this.header = header;
        this.data = data;
        this.scope = scope;
    }

    static GoldenCase read(Path folder, String name, Scope scope) throws IOException {
        JsonObject description = JsonParser.parseString(Files.readString(folder.resolve(name + ".json")))
                .getAsJsonObject();
        ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(folder.resolve(name + ".safetensors")))
                .order(ByteOrder.LITTLE_ENDIAN);
        byte[] header = new byte[(int) file.getLong()];
        file.get(header);
        JsonObject tensors = JsonParser.parseString(new String(header, StandardCharsets.UTF_8)).getAsJsonObject();
        return new GoldenCase(name, description, tensors, file.slice().order(ByteOrder.LITTLE_ENDIAN), scope);
    }

    String name() {
        return name;
    }

    String operation() {
        return description.get("operation").getAsString();
    }

    JsonObject parameters() {
        return description.getAsJsonObject("parameters");
    }

    boolean has(String tensor) {
        return header.has(tensor);
    }

    double[] numbers(String tensor) {
        JsonObject entry = header.getAsJsonObject(tensor);
        int from = entry.getAsJsonArray("data_offsets").get(0).getAsInt();
        int to = entry.getAsJsonArray("data_offsets").get(1).getAsInt();
        String type = entry.get("dtype").getAsString();
        List<Double> numbers = new ArrayList<>();
        for (int at = from; at < to;) {
            switch (type) {
                case "F64" -> numbers.add(data.getDouble(at));
                case "F32" -> numbers.add((double) data.getFloat(at));
                case "I64" -> numbers.add((double) data.getLong(at));
                default -> throw new IllegalStateException(type);
            }
            at += type.equals("F32") ? 4 : 8;
        }
        return numbers.stream().mapToDouble(Double::doubleValue).toArray();
    }

    Tensor tensor(String tensor) {
        JsonArray shape = header.getAsJsonObject(tensor).getAsJsonArray("shape");
        int[] sizes = shape.asList().stream().mapToInt(JsonElement::getAsInt).toArray();
        double[] numbers = numbers(tensor);
        float[] floats = new float[numbers.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) numbers[i];
        }
        return scope.of(floats, sizes);
    }

    void check(String result, Tensor actual) {
        JsonObject expected = description.getAsJsonObject("expected").getAsJsonObject(result);
        double[] numbers = numbers("out." + result);
        float[] floats = actual.toFloats();
        assertThat(floats).hasSameSizeAs(numbers);
        double relative = expected.get("rtol").getAsDouble();
        double absolute = expected.get("atol").getAsDouble();
        for (int i = 0; i < floats.length; i++) {
            assertThat((double) floats[i]).as("%s %s [%d]", name, result, i)
                    .isCloseTo(numbers[i], offset(absolute + relative * Math.abs(numbers[i])));
        }
    }
}
