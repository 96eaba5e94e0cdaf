package lathe.testkit.golden;

import java.io.File;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;

import lathe.models.checkpoint.SafetensorsFile;
import lathe.models.checkpoint.TensorEntry;
import lathe.spi.Kind;
import lathe.spi.LatheException;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;
import lathe.testkit.scene.Numbers;

/** Reads the two files of a case. */
final class CaseReader {
    private static final String INPUT = "in.";
    private static final String OUTPUT = "out.";

    private CaseReader() {}

    /** Reads a case whose inputs live in a scope. */
    static GoldenCase read(Kind kind, Path json, Scope scope) {
        Config description = parse(json.toFile());
        String file = json.getFileName().toString();
        String name = file.substring(0, file.length() - ".json".length());
        Map<String, Tensor> inputs = new LinkedHashMap<>();
        Map<String, Numbers> outputs = new LinkedHashMap<>();
        try (SafetensorsFile tensors = SafetensorsFile.open(json.resolveSibling(name + ".safetensors"))) {
            for (TensorEntry entry : tensors.tensors()) {
                if (entry.name().startsWith(INPUT)) {
                    inputs.put(entry.name().substring(INPUT.length()), entry.tensor(scope).copy());
                } else if (entry.name().startsWith(OUTPUT)) {
                    outputs.put(entry.name().substring(OUTPUT.length()), numbers(entry));
                }
            }
        }
        return new GoldenCase(
                kind,
                json.getParent().getFileName().toString(),
                name,
                description.getString("operation"),
                description.hasPath("parameters") ? description.getConfig("parameters") : ConfigFactory.empty(),
                inputs,
                expectations(description, outputs, json));
    }

    private static Config parse(File json) {
        try {
            return ConfigFactory.parseFile(json,
                    ConfigParseOptions.defaults().setSyntax(ConfigSyntax.JSON).setAllowMissing(false));
        } catch (ConfigException failure) {
            throw new LatheException("The golden case " + json + " cannot be read: " + failure.getMessage(), failure);
        }
    }

    private static List<Expectation> expectations(Config description, Map<String, Numbers> outputs, Path json) {
        List<Expectation> expectations = new ArrayList<>();
        description.getObject("expected").forEach((name, value) -> {
            Numbers values = outputs.get(name);
            if (values == null) {
                throw new LatheException("The golden case " + json + " expects '" + name
                        + "', but its safetensors file has no out." + name + ".");
            }
            Config entry = ((com.typesafe.config.ConfigObject) value).toConfig();
            expectations.add(new Expectation(
                    name,
                    entry.hasPath("meaning") ? entry.getString("meaning") : "",
                    rule(entry.getString("compare"), json),
                    entry.hasPath("rtol") ? entry.getDouble("rtol") : 0,
                    entry.hasPath("atol") ? entry.getDouble("atol") : 0,
                    values));
        });
        return expectations;
    }

    private static Expectation.Rule rule(String name, Path json) {
        return Arrays.stream(Expectation.Rule.values())
                .filter(rule -> rule.name().equalsIgnoreCase(name.replace('-', '_')))
                .findFirst()
                .orElseThrow(() -> new LatheException("The golden case " + json + " compares by '" + name
                        + "', which is none of exact, close, set, relative-error and at-most."));
    }

    private static Numbers numbers(TensorEntry entry) {
        MemorySegment segment = entry.segment();
        int count = Math.toIntExact(entry.elements());
        double[] values = new double[count];
        for (int i = 0; i < count; i++) {
            values[i] = switch (entry.type().name()) {
                case "F64" -> segment.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, 8L * i);
                case "F32" -> segment.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * i);
                case "I64" -> segment.get(ValueLayout.JAVA_LONG_UNALIGNED, 8L * i);
                case "I32" -> segment.get(ValueLayout.JAVA_INT_UNALIGNED, 4L * i);
                case "U8", "BOOL" -> segment.get(ValueLayout.JAVA_BYTE, i) & 0xff;
                default -> throw new LatheException("The tensor " + entry.name() + " of " + entry.file()
                        + " has the type " + entry.type() + ", which golden cases do not use.");
            };
        }
        int[] shape = Arrays.stream(entry.shape()).mapToInt(Math::toIntExact).toArray();
        return new Numbers(shape, values, 0);
    }
}
