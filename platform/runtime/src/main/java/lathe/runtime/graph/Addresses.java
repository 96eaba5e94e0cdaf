package lathe.runtime.graph;

import static java.util.Objects.requireNonNull;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;

import lathe.runtime.config.RecordValues;
import lathe.runtime.registry.PluginSource;

/** Makes content addresses: digests of everything that decides a result. */
final class Addresses {
    /**
     * Raised when the platform's own numbers change: kernels, walker, metrics. 2: sums of long dense rows in another order;
     * 3: zero points of packed rows taken off once, prompts in wider panels, outliers of caches as differences;
     * 4: sums of bfloat16 rows of 1024 columns, of codes of two and eight bits, of bitmaps and of caches' outliers in another
     * order; 5: prompts in panels of up to 512 rows, sums of packed caches in another order; 6: products of large weights
     * with many inputs by a loop of our own, scales and zero points of tiles in another order, sums of weights added
     * before they are multiplied with many inputs, softmax over packed caches a thousand tokens at a time;
     * 7: float16 rows and attention at 512 bits; 8: large products by our own loop at 512 bits, sums of caches' codes and
     * outliers in another order, frequencies of long ropes by each prompt.
     */
    private static final int PLATFORM_NUMERICS = 8;
    private static final int LENGTH = 40;

    private final FileDigests files;
    private final CodeDigests code;
    private final String machine;
    private final Gson json = new GsonBuilder().disableHtmlEscaping().serializeSpecialFloatingPointValues().create();

    /** @param machine what speed depends on */
    Addresses(FileDigests files, CodeDigests code, String machine) {
        this.machine = requireNonNull(machine, "machine is null");
        this.files = requireNonNull(files, "files is null");
        this.code = requireNonNull(code, "code is null");
    }

    /** What decides the result of a node, as JSON with sorted keys. */
    String content(Node node, Optional<String> subject, List<String> inputs, long seed) {
        Map<String, Object> content = new TreeMap<>();
        content.put("platform", PLATFORM_NUMERICS);
        content.put("verb", node.verb().key());
        content.put("settings", sorted(node.settings().values()));
        content.put("methods", node.settings().methods().stream().map(this::method).toList());
        Map<String, Object> digests = new TreeMap<>();
        node.settings().files().forEach((key, file) -> digests.put(key, files.of(file)));
        content.put("files", digests);
        content.put("inputs", inputs);
        if (!(node.settings() instanceof Settings.Load)) {
            content.put("seed", seed);
        }
        if (subject.isPresent() || keyed(node.settings())) {
            // Random streams are keyed by the node's name.
            content.put("node", node.name());
        }
        if (node.settings() instanceof Settings.Benchmark) {
            content.put("machine", machine);
        }
        return json.toJson(content);
    }

    private static boolean keyed(Settings settings) {
        return switch (settings) {
            case Settings.Compress compress -> true;
            case Settings.Merge merge -> true;
            case Settings.OwnStep step -> true;
            case Settings.Data data -> true;
            case Settings.Source source -> true;
            default -> false;
        };
    }

    private Map<String, Object> method(MethodUse use) {
        Map<String, Object> method = new TreeMap<>();
        PluginSource source = use.installed().source();
        method.put("id", use.id());
        method.put("kind", use.installed().method().kind().label());
        method.put("revision", use.installed().method().numericsRevision());
        method.put("code", code.of(use.installed().method().configType(), source));
        method.put("place", use.path().substring(use.path().lastIndexOf('.') + 1));
        Map<String, Object> config = sorted(use.values());
        Map<String, Object> digests = new TreeMap<>();
        RecordValues.files(use.config()).forEach((key, file) -> {
            if (Files.exists(file)) {
                // What it holds decides, and its name, which may be that of a result; not where it lies.
                digests.put(key, files.of(file));
                config.replace(key, String.valueOf(file.getFileName()));
            }
        });
        method.put("config", config);
        if (!digests.isEmpty()) {
            method.put("files", digests);
        }
        return method;
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> sorted(Map<String, Object> map) {
        Map<String, Object> sorted = new TreeMap<>();
        map.forEach((key, value) -> sorted.put(
                key, value instanceof Map<?, ?> inner ? sorted((Map<String, Object>) inner) : value));
        return sorted;
    }

    /** The address of some content. */
    static String of(String content) {
        return sha256(content.getBytes(StandardCharsets.UTF_8)).substring(0, LENGTH);
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("Every JDK has SHA-256.", impossible);
        }
    }
}
