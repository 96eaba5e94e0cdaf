package lathe.runtime.graph;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

import lathe.models.exchange.ExportLayout;
import lathe.spi.Kind;
import lathe.spi.graph.Step;
import lathe.spi.tensor.DataType;

/** What a node says beside its verb and its edges. */
public sealed interface Settings
        permits Settings.Load, Settings.Source, Settings.Data, Settings.Compress, Settings.Merge,
        Settings.OwnStep, Settings.Serve, Settings.Evaluate, Settings.Compare, Settings.Benchmark, Settings.Export {
    /**
     * The methods that the node uses.
     *
     * @return in a fixed order
     */
    default List<MethodUse> methods() {
        return List.of();
    }

    /**
     * Files and folders that the node reads.
     *
     * @return by what they are for
     */
    default Map<String, Path> files() {
        return Map.of();
    }

    /**
     * Text that the node takes from data nodes.
     *
     * @return names of nodes by what they are for
     */
    default Map<String, String> texts() {
        return Map.of();
    }

    private static Map<String, Path> files(String key, Optional<Text> text) {
        return text.isPresent() && text.get() instanceof Text.File file ? Map.of(key, file.path()) : Map.of();
    }

    private static Map<String, String> texts(String key, Optional<Text> text) {
        return text.isPresent() && text.get() instanceof Text.OfNode node ? Map.of(key, node.name()) : Map.of();
    }

    /**
     * Everything that decides the result, as plain values. Methods and files are not among them.
     *
     * @return values by key
     */
    Map<String, Object> values();

    /**
     * A model folder.
     *
     * @param folder a Hugging Face folder
     */
    record Load(Path folder) implements Settings {
        @Override
        public Map<String, Path> files() {
            return Map.of("load", folder);
        }

        @Override
        public Map<String, Object> values() {
            return Map.of();
        }
    }

    /**
     * A model that a source brings.
     *
     * @param source the source
     */
    record Source(MethodUse source) implements Settings {
        @Override
        public List<MethodUse> methods() {
            return List.of(source);
        }

        @Override
        public Map<String, Object> values() {
            return Map.of();
        }
    }

    /**
     * Text that a source brings, or questions of a task.
     *
     * @param source a source of text or a task
     * @param count  questions of a task
     * @param read   files that decide the documents
     */
    record Data(MethodUse source, int count, List<Path> read) implements Settings {
        /** Copies the list. */
        public Data {
            read = List.copyOf(read);
        }

        @Override
        public Map<String, Path> files() {
            Map<String, Path> files = new LinkedHashMap<>();
            read.forEach(file -> files.put("data-" + files.size(), file));
            return files;
        }

        @Override
        public List<MethodUse> methods() {
            return List.of(source);
        }

        @Override
        public Map<String, Object> values() {
            return source.installed().method().kind() == Kind.TASK ? Map.of("count", count) : Map.of();
        }
    }

    /**
     * A model made of several.
     *
     * @param method how
     */
    record Merge(MethodUse method) implements Settings {
        @Override
        public List<MethodUse> methods() {
            return List.of(method);
        }

        @Override
        public Map<String, Object> values() {
            return Map.of();
        }
    }

    /**
     * A step of a plugin.
     *
     * @param method  which
     * @param product what it leaves
     */
    record OwnStep(MethodUse method, Step.Product product) implements Settings {
        @Override
        public List<MethodUse> methods() {
            return List.of(method);
        }

        @Override
        public Map<String, Object> values() {
            return Map.of();
        }
    }

    /**
     * A folder for other engines.
     *
     * @param layout how weights are laid out
     * @param type   type of dense weights; empty for that of the model
     * @param to     the folder; empty for one in the run's folder
     */
    record Export(ExportLayout layout, Optional<DataType> type, Optional<Path> to) implements Settings {
        @Override
        public Map<String, Object> values() {
            Map<String, Object> values = new LinkedHashMap<>();
            values.put("layout", layout.label());
            type.ifPresent(given -> values.put("type", given.name()));
            to.ifPresent(given -> values.put("to", given.toString()));
            return values;
        }
    }

    /**
     * A pruner, quantizer, factorizer or carver.
     *
     * @param method      which
     * @param calibration the text that statistics are taken from
     * @param targets     sites that are visited, as patterns; all linears of the blocks if empty
     * @param ignore      sites that are left out, as patterns
     */
    record Compress(MethodUse method, Optional<Calibration> calibration, List<String> targets, List<String> ignore)
            implements
                Settings {
        @Override
        public List<MethodUse> methods() {
            return List.of(method);
        }

        @Override
        public Map<String, Path> files() {
            return Settings.files("calibration", calibration.map(Calibration::data));
        }

        @Override
        public Map<String, String> texts() {
            return Settings.texts("calibration", calibration.map(Calibration::data));
        }

        @Override
        public Map<String, Object> values() {
            Map<String, Object> values = new LinkedHashMap<>();
            calibration.ifPresent(used -> values.put("calibration", used.values()));
            values.put("targets", targets);
            values.put("ignore", ignore);
            return values;
        }
    }

    /**
     * The calibration text: all of it is tokenised without special tokens, the first tokens after {@code skip} are cut
     * into sequences.
     *
     * @param data      the text
     * @param sequences how many
     * @param length    tokens of each
     * @param skip      tokens left out before the first
     * @param memory    most bytes of activations in memory between blocks; decides no number
     */
    record Calibration(Text data, int sequences, int length, int skip, long memory) {
        Map<String, Object> values() {
            return Map.of("sequences", sequences, "length", length, "skip", skip);
        }
    }

    /**
     * How a model is run.
     *
     * @param attention which keys are read
     * @param cache     what is kept of them
     * @param router    which experts are asked
     * @param cacheType the type of cached numbers that no method packs
     */
    record Serve(Optional<MethodUse> attention, Optional<MethodUse> cache, Optional<MethodUse> router,
            DataType cacheType) implements Settings {
        @Override
        public List<MethodUse> methods() {
            return Stream.of(attention, cache, router).flatMap(Optional::stream).toList();
        }

        @Override
        public Map<String, Object> values() {
            return Map.of("cacheType", cacheType.name());
        }
    }

    /**
     * Metrics on a text.
     *
     * @param on      the text
     * @param metrics what is measured
     */
    record Evaluate(Text on, List<MethodUse> metrics) implements Settings {
        @Override
        public List<MethodUse> methods() {
            return metrics;
        }

        @Override
        public Map<String, Path> files() {
            return Settings.files("on", Optional.of(on));
        }

        @Override
        public Map<String, String> texts() {
            return Settings.texts("on", Optional.of(on));
        }

        @Override
        public Map<String, Object> values() {
            return Map.of();
        }
    }

    /**
     * Differences from the first model.
     *
     * @param on      the text
     * @param metrics what is measured
     */
    record Compare(Text on, List<MethodUse> metrics) implements Settings {
        @Override
        public List<MethodUse> methods() {
            return metrics;
        }

        @Override
        public Map<String, Path> files() {
            return Settings.files("on", Optional.of(on));
        }

        @Override
        public Map<String, String> texts() {
            return Settings.texts("on", Optional.of(on));
        }

        @Override
        public Map<String, Object> values() {
            return Map.of();
        }
    }

    /**
     * Speed and memory.
     *
     * @param on       text of the prompt; empty for numbered tokens
     * @param prompt   tokens of the prompt
     * @param generate tokens generated one by one
     * @param repeats  measurements of which the median is taken
     */
    record Benchmark(Optional<Text> on, int prompt, int generate, int repeats) implements Settings {
        @Override
        public Map<String, Path> files() {
            return Settings.files("on", on);
        }

        @Override
        public Map<String, String> texts() {
            return Settings.texts("on", on);
        }

        @Override
        public Map<String, Object> values() {
            return Map.of("prompt", prompt, "generate", generate, "repeats", repeats);
        }
    }
}
