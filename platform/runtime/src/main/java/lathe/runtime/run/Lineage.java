package lathe.runtime.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

import lathe.engine.Engine;
import lathe.runtime.config.Places;
import lathe.runtime.graph.FileDigests;
import lathe.runtime.graph.MethodUse;
import lathe.runtime.graph.Node;
import lathe.runtime.graph.Plan;
import lathe.runtime.graph.Task;
import lathe.runtime.registry.PluginSource;

/** Everything that a run depends on. */
final class Lineage {
    private Lineage() {}

    static Map<String, Object> of(Plan plan, RunOptions options, Engine engine, FileDigests digests) {
        Map<String, Object> lineage = new LinkedHashMap<>();
        lineage.put("experiment", Places.shown(plan.file()));
        lineage.put("command", options.command());
        lineage.put("overrides", options.overrides().assignments());
        lineage.put("seed", plan.seed());
        lineage.put("files", files(plan, digests));
        lineage.put("bundles", bundles(plan));
        lineage.put("engine", engine.description());
        lineage.put("reproducible",
                "bit for bit on this class of CPU with these BLAS kernels at any number of threads; "
                        + "within rounding elsewhere");
        lineage.put("java", System.getProperty("java.vendor") + " " + Runtime.version());
        lineage.put("system", System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                + System.getProperty("os.arch"));
        lineage.put("processors", Runtime.getRuntime().availableProcessors());
        lineage.put("commit", commit(plan.file()));
        Map<String, Object> addresses = new LinkedHashMap<>();
        for (Task task : plan.tasks()) {
            addresses.put(task.title(), task.address());
        }
        lineage.put("addresses", addresses);
        return lineage;
    }

    private static Map<String, Object> files(Plan plan, FileDigests digests) {
        Map<String, Object> files = new LinkedHashMap<>();
        plan.included().forEach(file -> files.put(Places.shown(file), digests.of(file)));
        for (Task task : plan.tasks()) {
            task.node().settings().files().values().forEach(file -> files.putIfAbsent(
                    Places.shown(file), digests.of(file)));
        }
        return files;
    }

    /** Each bundle that a node takes a method from, also several versions of one, and which nodes those are. */
    private static List<Map<String, Object>> bundles(Plan plan) {
        Map<String, PluginSource> sources = new TreeMap<>();
        Map<String, Set<String>> methods = new TreeMap<>();
        Map<String, Set<String>> nodes = new TreeMap<>();
        for (Node node : plan.nodes()) {
            for (MethodUse use : node.settings().methods()) {
                PluginSource source = use.installed().source();
                String key = source.bundle() + " " + source.version() + " " + source.digest();
                sources.put(key, source);
                methods.computeIfAbsent(key, name -> new TreeSet<>()).add(use.id() + " (numerics "
                        + use.installed().method().numericsRevision() + ")");
                nodes.computeIfAbsent(key, name -> new TreeSet<>()).add(node.name());
            }
        }
        List<Map<String, Object>> bundles = new ArrayList<>();
        sources.forEach((key, source) -> {
            Map<String, Object> bundle = new LinkedHashMap<>();
            bundle.put("bundle", source.bundle());
            bundle.put("version", source.version());
            bundle.put("digest", source.digest());
            bundle.put("methods", List.copyOf(methods.get(key)));
            bundle.put("nodes", List.copyOf(nodes.get(key)));
            bundles.add(bundle);
        });
        return bundles;
    }

    /** The commit of the git checkout that holds the experiment, read from its files; empty if there is none. */
    private static String commit(Path file) {
        for (Path folder = file.getParent(); folder != null; folder = folder.getParent()) {
            Path head = folder.resolve(".git").resolve("HEAD");
            if (Files.isRegularFile(head)) {
                try {
                    String text = Files.readString(head).strip();
                    Path ref = folder.resolve(".git").resolve(text.replaceFirst("^ref: ", ""));
                    return text.startsWith("ref: ") && Files.isRegularFile(ref) ? Files.readString(ref).strip() : text;
                } catch (IOException unreadable) {
                    return "";
                }
            }
        }
        return "";
    }
}
