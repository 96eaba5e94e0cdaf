package lathe.engine.check;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import lathe.spi.model.Rotary;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** A case of the shared folder. */
final class StoredCase implements OperatorCase {
    private final String name;
    private final JsonObject description;
    private final JsonObject header;
    private final MemorySegment data;
    private final Scope scope;

    StoredCase(Path file, Scope scope) {
        this.name = file.getFileName().toString().replace(".json", "");
        this.scope = scope;
        try (FileChannel tensors = FileChannel.open(file.resolveSibling(name + ".safetensors"),
                StandardOpenOption.READ)) {
            description = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
            MemorySegment all = tensors.map(FileChannel.MapMode.READ_ONLY, 0, tensors.size(), Arena.ofAuto());
            long length = all.get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
            byte[] json = all.asSlice(8, length).toArray(ValueLayout.JAVA_BYTE);
            header = JsonParser.parseString(new String(json, StandardCharsets.UTF_8)).getAsJsonObject();
            data = all.asSlice(8 + length);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String operation() {
        return description.get("operation").getAsString();
    }

    @Override
    public boolean has(String tensor) {
        return header.has(tensor);
    }

    @Override
    public Tensor tensor(String tensor) {
        JsonObject entry = header.getAsJsonObject(tensor);
        int[] sizes = entry.getAsJsonArray("shape").asList().stream().mapToInt(JsonElement::getAsInt).toArray();
        JsonArray offsets = entry.getAsJsonArray("data_offsets");
        long from = offsets.get(0).getAsLong();
        return scope.over(data.asSlice(from, offsets.get(1).getAsLong() - from),
                DataType.named(entry.get("dtype").getAsString()).orElseThrow(), sizes);
    }

    @Override
    public Optional<Double> number(String parameter) {
        return primitive(parameter).map(JsonElement::getAsDouble);
    }

    @Override
    public Optional<String> word(String parameter) {
        return primitive(parameter).map(JsonElement::getAsString);
    }

    private Optional<JsonElement> primitive(String parameter) {
        return Optional.ofNullable(parameters().get(parameter)).filter(JsonElement::isJsonPrimitive);
    }

    @Override
    public boolean flag(String parameter) {
        return parameters().has(parameter) && parameters().get(parameter).getAsBoolean();
    }

    private JsonObject parameters() {
        return description.getAsJsonObject("parameters");
    }

    @Override
    public Set<String> results() {
        return description.getAsJsonObject("expected").keySet();
    }

    @Override
    public Rule rule(String result) {
        JsonObject rule = description.getAsJsonObject("expected").getAsJsonObject(result);
        return new Rule(rule.get("compare").getAsString(), rule.has("rtol") ? rule.get("rtol").getAsDouble() : 0,
                rule.has("atol") ? rule.get("atol").getAsDouble() : 0);
    }

    /** Frequencies are computed from configs elsewhere: here they are what the case expects of that. */
    @Override
    public Rotary rotary() {
        double magnitude = Math.hypot(tensor("out.cos").get(0, 0), tensor("out.sin").get(0, 0));
        return new Rotary(Findings.values(tensor("out.inverse_frequencies")), name.contains("interleaved"), magnitude);
    }
}
