package lathe.launcher.command;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The files of a new plugin, made of the texts in {@code lathe/launcher/newplugin}. */
final class PluginTemplate {
    private static final String FOLDER = "/lathe/launcher/newplugin/";

    /** The kinds that a project can be made for, as they are spelled on the command line. */
    enum PluginKind {
        PRUNER("pruner", "Pruner", "pruner", "Removes the weights with the smallest score of every row.",
                "pruned { prune = %s, of = dense, sparsity = 0.5 }"),
        QUANTIZER("quantizer", "Quantizer", "quantizer", "Rounds every weight to a uniform grid over its group.",
                "packed { quantize = %s, of = dense, bits = 4, group = 64 }"),
        ATTENTION("attention", "Pattern", "attention", "Every query reads the first tokens and the last ones.",
                "served { serve = dense, attention { use = %s, window = 256 } }"),
        KV("kv", "Evictor", "evictor", "Keeps the tokens whose keys have a small norm.",
                "served { serve = dense, cache { use = %s, budget = 256 } }"),
        ROUTER("router", "Router", "router", "Sends every token to its largest logits.",
                "served { serve = dense, router { use = %s } }");

        private final String folder;
        private final String suffix;
        private final String factory;
        private final String summary;
        private final String node;

        PluginKind(String folder, String suffix, String factory, String summary, String node) {
            this.folder = folder;
            this.suffix = suffix;
            this.factory = factory;
            this.summary = summary;
            this.node = node;
        }

        @Override
        public String toString() {
            return folder;
        }
    }

    private final String packageName;
    private final PluginKind kind;
    private final String id;
    private final String name;

    /** A plugin whose package is given; the last part of it becomes the method's id. */
    PluginTemplate(String packageName, PluginKind kind) {
        this.packageName = requireNonNull(packageName, "packageName is null");
        this.kind = requireNonNull(kind, "kind is null");
        this.id = packageName.substring(packageName.lastIndexOf('.') + 1);
        this.name = id.substring(0, 1).toUpperCase(Locale.ROOT) + id.substring(1);
    }

    /** The method's id in HOCON, also the artifact's name. */
    String id() {
        return id;
    }

    /** Writes all files below a folder and lists them. */
    List<Path> write(Path folder) throws IOException {
        List<Path> written = new ArrayList<>();
        for (Map.Entry<String, String> file : files().entrySet()) {
            Path path = folder.resolve(file.getKey());
            Files.createDirectories(path.getParent());
            written.add(Files.writeString(path, filled(file.getValue())));
        }
        return written;
    }

    /** Templates by the path of the file that they become. */
    private Map<String, String> files() {
        String main = "src/main/java/" + packageName.replace('.', '/') + "/";
        String test = "src/test/java/" + packageName.replace('.', '/') + "/";
        Map<String, String> files = new LinkedHashMap<>();
        files.put("pom.xml", read("pom.xml"));
        files.put("README.md", read("README.md"));
        files.put("experiment.conf", read("experiment.conf"));
        files.put(main + name + "Plugin.java", read("Plugin.java"));
        files.put(main + name + "Config.java", read(kind.folder + "/Config.java"));
        files.put(main + name + kind.suffix + ".java", read(kind.folder + "/Method.java"));
        files.put(test + name + "Test.java", read(kind.folder + "/Test.java"));
        files.put("src/main/resources/META-INF/services/lathe.spi.Plugin", "@PACKAGE@.@NAME@Plugin\n");
        return files;
    }

    private String filled(String text) {
        int dot = packageName.lastIndexOf('.');
        return text.replace("@PACKAGE@", packageName)
                .replace("@BUNDLE@", packageName)
                .replace("@GROUP@", dot < 0 ? packageName : packageName.substring(0, dot))
                .replace("@ARTIFACT@", id)
                .replace("@ID@", id)
                .replace("@NAME@", name)
                .replace("@CLASS@", name + kind.suffix)
                .replace("@KIND@", kind.folder)
                .replace("@FACTORY@", kind.factory)
                .replace("@SUMMARY@", kind.summary)
                .replace("@NODE@", kind.node.formatted(id));
    }

    private static String read(String template) {
        try (InputStream in = PluginTemplate.class.getResourceAsStream(FOLDER + template + ".txt")) {
            return new String(requireNonNull(in, template).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException failure) {
            throw new UncheckedIOException("The template " + template + " cannot be read", failure);
        }
    }
}
