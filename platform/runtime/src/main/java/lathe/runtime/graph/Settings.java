package lathe.runtime.graph;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

import lathe.spi.tensor.DataType;

/** What a node says beside its verb and its edges. */
public sealed interface Settings {
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
     * A pruner or quantizer.
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
            return calibration.map(used -> Map.of("calibration", used.data())).orElse(Map.of());
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
     * The calibration text: the whole file is tokenised without special tokens, the first tokens after {@code skip} are cut
     * into sequences.
     *
     * @param data      a text file
     * @param sequences how many
     * @param length    tokens of each
     * @param skip      tokens left out before the first
     */
    record Calibration(Path data, int sequences, int length, int skip) {
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
     * @param on      a text file
     * @param metrics what is measured
     */
    record Evaluate(Path on, List<MethodUse> metrics) implements Settings {
        @Override
        public List<MethodUse> methods() {
            return metrics;
        }

        @Override
        public Map<String, Path> files() {
            return Map.of("on", on);
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
    record Benchmark(Optional<Path> on, int prompt, int generate, int repeats) implements Settings {
        @Override
        public Map<String, Path> files() {
            return on.map(text -> Map.of("on", text)).orElse(Map.of());
        }

        @Override
        public Map<String, Object> values() {
            return Map.of("prompt", prompt, "generate", generate, "repeats", repeats);
        }
    }
}
