package lathe.runtime.graph;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import lathe.runtime.config.Overrides;
import lathe.runtime.config.Problem;
import lathe.spi.LatheException;
import lathe.spi.Progress;
import lathe.spi.Services;
import lathe.spi.model.LayerInfo;
import lathe.spi.model.ModelInfo;
import lathe.spi.model.Role;
import lathe.spi.model.Site;
import lathe.spi.numeric.LinearAlgebra;
import lathe.spi.numeric.Parallel;
import lathe.spi.numeric.RandomStreams;
import lathe.spi.numeric.Solvers;
import lathe.spi.tensor.Scope;

class PlannerTest {
    private static final String HEAD = """
            graph {
              dense { load = "tiny" }
            """;
    private static final Services NO_SERVICES = new Services() {
        @Override
        public Scope openScope() {
            throw new UnsupportedOperationException();
        }

        @Override
        public LinearAlgebra linearAlgebra() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Solvers solvers() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Parallel parallel() {
            return Parallel.SEQUENTIAL;
        }

        @Override
        public RandomStreams random() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Progress progress() {
            return Progress.NONE;
        }

        @Override
        public <T> T method(lathe.spi.Kind kind, lathe.spi.MethodChoice choice, Class<T> contract) {
            throw new UnsupportedOperationException();
        }
    };

    @TempDir
    Path folder;

    @BeforeEach
    void inputs() throws IOException {
        for (String name : List.of("tiny", "odd", "broken")) {
            Files.createDirectories(folder.resolve(name));
            Files.writeString(folder.resolve(name).resolve("config.json"), name);
        }
        Files.writeString(folder.resolve("text.txt"), "some text");
    }

    private static ModelSketch describe(Path model) {
        if (model.endsWith("broken")) {
            throw new LatheException("The file model.safetensors ends too early.");
        }
        LayerInfo layer = new LayerInfo(0, 1, 2, 1, 4, 4, 0.5, Optional.empty(), Optional.empty());
        return new ModelSketch(new ModelInfo("tiny", "llama", 8, 16, 64, 0, 0, List.of(layer),
                model.endsWith("odd") ? Set.of("odd") : Set.of()),
                List.of(new Site(0, Role.UP, Site.NO_EXPERT, 8, 8)), 0);
    }

    private Plan plan(String text, String... overrides) {
        try {
            Path file = Files.writeString(folder.resolve("x.conf"), text);
            return new Planner(TestMethods.view(), PlannerTest::describe, NO_SERVICES,
                    new FileDigests(Optional.empty()), "machine", 100).plan(file, Overrides.of(overrides));
        } catch (IOException failure) {
            throw new IllegalStateException(failure);
        }
    }

    /** The problems without the folder, one a line. */
    private List<String> problems(String text, String... overrides) {
        return plan(text, overrides).problems().stream().map(Problem::toString)
                .map(line -> line.replace(folder + "/", "")).toList();
    }

    private List<String> withNodes(String nodes) {
        return problems(HEAD + nodes + "\n}");
    }

    @Test
    void plansAWholeGraph() {
        Plan plan = plan(
                """
                        name = quick, seed = 17
                        graph {
                          quality { evaluate = [dense, packed, serving], on = "text.txt", metrics = [perplexity, kl], window = 128 }
                          dense   { load = "tiny" }
                          pruned  { prune = wanda, of = dense, sparsity = 0.5, pattern = "2:4", calibration { data = "text.txt" } }
                          packed  { quantize = rtn, of = pruned, bits = 4, group = 64, ignore = ["blocks.0.*", "re:.*down"] }
                          serving { serve = packed, attention { use = streaming-llm, sinks = 2 }, cache { use = h2o, budget = 9 } }
                          speed   { benchmark = [dense, packed, serving], prompt = 64, generate = 8 }
                        }
                        report { plots = [ { kind = pareto, x = bytes, y = perplexity } ] }
                        """);
        assertThat(plan.problems()).isEmpty();
        assertThat(plan.name()).isEqualTo("quick");
        assertThat(plan.seed()).isEqualTo(17);
        assertThat(plan.plots()).hasSize(1);
        assertThat(plan.tasks()).extracting(Task::title).containsExactlyInAnyOrder("dense", "pruned", "packed",
                "serving",
                "quality: dense", "quality: packed", "quality: serving", "speed: dense", "speed: packed",
                "speed: serving");
        assertThat(plan.nodes()).extracting(Node::name).startsWith("dense", "pruned", "packed", "serving");
        Settings.Serve serve = (Settings.Serve) plan.nodes().get(3).settings();
        assertThat(serve.cache().orElseThrow().budget().orElseThrow().budget()).contains(9);
        Settings.Evaluate evaluate = (Settings.Evaluate) plan.nodes().stream()
                .filter(node -> node.name().equals("quality")).findFirst().orElseThrow().settings();
        assertThat(evaluate.metrics().getFirst().config()).isEqualTo(new TestMethods.MetricConfig(128));
    }

    @Test
    void namesTheNearestMethodsOfAnUnknownOne() {
        assertThat(withNodes("p { prune = wnda, of = dense }"))
                .containsExactly("x.conf:3: graph.p.prune: There is no pruner "
                        + "method 'wnda'. Did you mean wanda? It would come with a bundle such as lathe-wnda in the plugins folder. "
                        + "Installed: buggy, cut-off, failing, fragile, magnitude, wanda.");
    }

    @Test
    void saysThatTheBundleOfAMethodIsBroken() {
        assertThat(withNodes("p { prune = sparsegpt, of = dense }").getFirst())
                .contains("The bundle lathe-sparsegpt is broken: Its constructor throws.");
    }

    @Test
    void saysWhereAMethodOfAnotherKindIsWritten() {
        assertThat(withNodes("p { prune = rtn, of = dense }"))
                .containsExactly("x.conf:3: graph.p.prune: 'rtn' is a quantizer "
                        + "method, but this place wants a pruner method: write quantize = rtn.");
    }

    @Test
    void tellsUnknownKeysAndValuesOutOfRangeTogether() {
        assertThat(withNodes("""
                p { prune = magnitude, of = dense
                    sparsty = 0.5 }
                q { quantize = rtn, of = dense,
                    bits = 12 }
                s { serve = dense, cache { use = h2o, budgt = 5 }, cach { } }
                e { evaluate = dense, on = "text.txt", windw = 3 }""")).containsExactlyInAnyOrder(
                "x.conf:4: graph.p.sparsty: Unknown key 'sparsty'. Did you mean sparsity?",
                "x.conf:6: graph.q.bits: 12 is out of range: allowed is [1, 8].",
                "x.conf:7: graph.s.cache.budgt: Unknown key 'budgt'. Did you mean budget?",
                "x.conf:7: graph.s.cach: Unknown key 'cach'. Did you mean cache or cacheType?",
                "x.conf:8: graph.e.windw: Unknown key 'windw'. Did you mean window?");
    }

    @Test
    void tellsUnknownKeysOfAnEvictorAmongTheCommonOnes() {
        assertThat(withNodes("s { serve = dense, cache { use = h2o, budgt = 5 } }")).containsExactly(
                "x.conf:3: graph.s.cache.budgt: Unknown key 'budgt'. Did you mean budget?");
    }

    @Test
    void namesAMissingModelFolder() {
        assertThat(problems("graph { dense { load = tny } }")).containsExactly(
                "x.conf:1: graph.dense.load: There is no model folder tny. Did you mean tiny?");
    }

    @Test
    void refusesAFileInPlaceOfAModelFolder() {
        assertThat(problems("graph { dense { load = text.txt } }"))
                .containsExactly("x.conf:1: graph.dense.load: text.txt is a "
                        + "file: name the folder with config.json, weights and tokenizer.");
    }

    @Test
    void tellsWhatIsWrongWithABrokenModel() {
        assertThat(problems("graph { dense { load = broken } }")).containsExactly(
                "x.conf:1: graph.dense.load: The file model.safetensors ends too early.");
    }

    @Test
    void namesTheNodesOfACycle() {
        assertThat(problems("""
                graph {
                  a { prune = magnitude, of = c }
                  b { prune = magnitude, of = a }
                  c { prune = magnitude, of = b }
                }""")).containsExactly(
                "x.conf:2: graph.a: The nodes go round in a circle: a -> c -> b -> a. One of them must "
                        + "start from something else.");
    }

    @Test
    void namesANodeThatDoesNotExist() {
        assertThat(withNodes("p { prune = magnitude, of = dens }\nq { prune = magnitude, of = somewhere }"))
                .containsExactly("x.conf:3: graph.p: There is no node 'dens'. Did you mean dense?",
                        "x.conf:4: graph.q: There is no node 'somewhere'. Nodes: dense, p.");
    }

    @Test
    void tellsWrongEdgesTogetherWithWhatElseIsWrong() {
        assertThat(withNodes("""
                p { prune = magnitude, of = nobody, sparsty = 0.5 }
                q { quantize = rtn, of = missing }
                s { serve = dense }
                r { prune = magnitude, of = s }
                e { evaluate = [dense, absent], on = "txt.text" }""")).containsExactlyInAnyOrder(
                "x.conf:3: graph.p.sparsty: Unknown key 'sparsty'. Did you mean sparsity?",
                "x.conf:3: graph.p: There is no node 'nobody'. Nodes: dense, q, s, r, e.",
                "x.conf:4: graph.q: There is no node 'missing'. Nodes: dense, p, s, r, e.",
                "x.conf:6: graph.r: prune wants a model's weights, but 's' (serve) gives a served model: prune the "
                        + "model first, and serve the result.",
                "x.conf:7: graph.e.on: There is no file txt.text. Did you mean text.txt?",
                "x.conf:7: graph.e: There is no node 'absent'. Nodes: dense, p, q, s, r.");
    }

    @Test
    void asksForAMissingInput() {
        assertThat(withNodes("p { prune = magnitude }")).containsExactly(
                "x.conf:3: graph.p: The key 'of' is missing: the name of the node that it works on.");
    }

    @Test
    void refusesArtifactsOfTheWrongType() {
        assertThat(withNodes("""
                s { serve = dense }
                p { prune = magnitude, of = s }
                e { evaluate = dense, on = "text.txt" }
                f { evaluate = e, on = "text.txt" }""")).containsExactly(
                "x.conf:4: graph.p: prune wants a model's weights, but 's' (serve) gives a served model: prune the model "
                        + "first, and serve the result.",
                "x.conf:6: graph.f: evaluate judges models, but 'e' (evaluate) gives numbers.");
    }

    @Test
    void refusesImpossibleCombinations() {
        assertThat(withNodes("""
                q { quantize = rtn, of = dense }
                p { prune = magnitude, of = q }
                r { quantize = rtn, of = q }
                s { serve = dense, router { use = topk-router } }
                o { load = odd }
                m { prune = magnitude, of = o }""")).containsExactly(
                "x.conf:4: graph.p: 'q' holds codes, and magnitude prunes numbers: prune first and quantize the result, which "
                        + "keeps its zeros.",
                "x.conf:5: graph.r: 'q' holds codes, and rtn would round them a second time: quantize what it was made of.",
                "x.conf:6: graph.s: topk-router cannot do this: The model has no experts to route to.",
                "x.conf:8: graph.m: magnitude cannot do this: It cannot deal with odd models.");
    }

    @Test
    void asksForCalibrationTextWhereAMethodNeedsIt() {
        assertThat(withNodes("p { prune = wanda, of = dense }")).containsExactly("x.conf:3: graph.p: wanda looks at "
                + "activations (input-squares) and needs text for that: add calibration { data = \"some.txt\" }.");
    }

    @Test
    void tellsWhichRowsTheGroupsOfAPatternDoNotFill() {
        assertThat(withNodes("""
                p { prune = magnitude, of = dense, pattern = "2:5" }
                q { prune = magnitude, of = dense, pattern = "2:4" }
                r { prune = magnitude, of = dense, pattern = "2:5", ignore = [up] }""")).containsExactly(
                "x.conf:3: graph.p: The pattern 2:5 needs rows whose length is divisible by 5, but blocks.0.up has 8 "
                        + "inputs.");
    }

    @Test
    void tellsWhatMethodsRefuseOfSizesAndOfCalibrationText() {
        assertThat(withNodes("""
                c { convert = ten-neurons, of = dense, calibration { data = "text.txt" } }
                p { prune = wanda, of = dense, calibration { data = "text.txt", length = 3 } }""")).containsExactly(
                "x.conf:3: graph.c: ten-neurons cannot do this: blocks.0.up has 8 neurons.",
                "x.conf:4: graph.p: wanda cannot do this: Of 3 tokens it learns nothing.");
    }

    @Test
    void aMethodThatFailsWhenItIsAskedIsOneMistakeAmongTheOthers() {
        assertThat(withNodes("""
                s { serve = dense, attention { use = gateless } }
                t { serve = dense, attention { use = careless } }
                p { prune = magnitude, of = dens }""")).containsExactlyInAnyOrder(
                "x.conf:3: graph.s: The gates cannot be read from nofile.tsv.",
                "x.conf:4: graph.t: The method careless fails when it is asked what it can do: "
                        + "java.lang.IllegalStateException: a bug.",
                "x.conf:5: graph.p: There is no node 'dens'. Did you mean dense?");
    }

    @Test
    void tellsThatAMethodCannotBeMade() {
        assertThat(withNodes("p { prune = fragile, of = dense }").getFirst())
                .isEqualTo("x.conf:3: graph.p: The method fragile "
                        + "of test-methods cannot be made: java.lang.IllegalStateException: fragile as glass.");
    }

    @Test
    void wantsOneVerbANode() {
        assertThat(
                withNodes("a { prun = wanda, of = dense }\nb { prune = magnitude, quantize = rtn, of = dense }\nc = 5"))
                .containsExactly(
                        "x.conf:3: graph.a: The node does not say what it does: it needs one of the verbs load, "
                                + "data, prune, quantize, factorize, convert, merge, tune, step, serve, evaluate, "
                                + "compare, benchmark, export. Did you mean prune?",
                        "x.conf:4: graph.b: A node does one thing, but this one has the verbs prune and quantize: make a "
                                + "node of each.",
                        "x.conf:5: graph.c: A node is an object with a verb, such as { prune = wanda, of = dense }.");
    }

    @Test
    void refusesAnExperimentWithoutAGraph() {
        assertThat(problems("grph { }").getFirst()).contains("Unknown key 'grph'. Did you mean graph?");
        assertThat(problems("name = x").getFirst()).contains("There is no graph { ... } with nodes.");
        assertThat(problems("graph { }").getFirst()).contains("The graph has no nodes.");
    }

    @Test
    void refusesPatternsThatAreNone() {
        assertThat(withNodes("p { prune = magnitude, of = dense, ignore = [\"re:(\"] }").getFirst())
                .contains("'re:(' is no regular expression");
    }

    @Test
    void sharesWorkBetweenSweepPoints() {
        Plan plan = plan(HEAD + """
                  p { prune = magnitude, of = dense, sparsity = 0.1 }
                  e { evaluate = [dense, p], on = "text.txt" }
                }
                sweep { graph.p.sparsity = [0.3, 0.5, 0.7] }
                """);
        assertThat(plan.problems()).isEmpty();
        assertThat(plan.tasks()).extracting(Task::title).containsExactlyInAnyOrder("dense", "e: dense",
                "p [p.sparsity=0.3]", "p [p.sparsity=0.5]", "p [p.sparsity=0.7]",
                "e: p [p.sparsity=0.3]", "e: p [p.sparsity=0.5]", "e: p [p.sparsity=0.7]");
        assertThat(plan.tasks().stream().filter(task -> task.title().equals("e: p [p.sparsity=0.3]")).findFirst()
                .orElseThrow().point()).isEqualTo(Map.of("p.sparsity", 0.3));
    }

    @Test
    void zipsListsAndRepeatsOverSeeds() {
        Plan plan = plan(HEAD + """
                  p { prune = magnitude, of = dense }
                }
                seed = 5, repeat = 2
                sweep { zip = true, graph.p.sparsity = [0.3, 0.5], graph.p.pattern = ["unstructured", "2:4"] }
                """);
        assertThat(plan.problems()).isEmpty();
        assertThat(plan.tasks()).filteredOn(task -> task.node().name().equals("p")).hasSize(4)
                .extracting(Task::seed).containsOnly(5L, 6L);
    }

    @Test
    void refusesSweepsThatAreTooLargeOrLeadNowhere() {
        String nodes = HEAD + "p { prune = magnitude, of = dense } }\n";
        String many = String.join(",",
                java.util.stream.IntStream.range(0, 101).mapToObj(i -> "0." + (100 + i)).toList());
        assertThat(problems(nodes + "sweep { graph.p.sparsity = [" + many + "] }").getFirst())
                .contains("The sweep has 101 points, and more than 100 are run only when they are confirmed",
                        "--points 101");
        assertThat(problems(nodes + "sweep { graph.p.sparsity = [" + many + "] }", "points=100").getFirst())
                .contains("The sweep has 101 points");
        assertThat(problems(nodes + "sweep { graph.p.sparsity = [" + many + "] }", "points=101")).isEmpty();
        assertThat(problems(nodes + "repeat = 60, sweep { graph.p.sparsity = [0.1, 0.2] }").getFirst())
                .contains("The sweep has 120 points, seeds included");
        assertThat(problems(nodes + "repeat = 1000000").getFirst()).contains("1000000 points");
        assertThat(problems(nodes + "sweep = [{ graph.p.sparsity = [" + many.substring(0, 6 * 60 - 1)
                + "] }, { graph.p.sparsity = [" + many.substring(6 * 40) + "] }]").getFirst())
                .contains("more than 100 are run only when");
        assertThat(problems(nodes + "sweep { graph.q.sparsity = [0.1] }").getFirst())
                .contains("sweep.graph.q.sparsity: There is nothing to sweep at graph.q.sparsity.");
        assertThat(problems(nodes + "sweep { graph.p.sparsity = [0.1, 3] }").getFirst())
                .contains("3 is out of range: allowed is [0, 1).");
    }

    @Test
    void givesTheSameAddressHoweverAConfigurationIsWritten() {
        String plain = "p { prune = magnitude, of = dense }\n}";
        String wordy = "p { of = dense, pattern = unstructured, prune = magnitude, sparsity = 0.50 }\n}";
        assertThat(address(plan(HEAD + plain))).isEqualTo(address(plan(HEAD + wordy)));
        assertThat(address(plan(HEAD + plain))).isNotEqualTo(address(plan(HEAD + plain, "graph.p.sparsity=0.6")));
        assertThat(address(plan(HEAD + plain))).isNotEqualTo(address(plan(HEAD + plain, "seed=3")));
    }

    @Test
    void givesAnotherAddressWhenAnInputFileChanges() throws IOException {
        String text = HEAD + "p { prune = magnitude, of = dense }\n}";
        String before = address(plan(text));
        Files.writeString(folder.resolve("tiny/config.json"), "other");
        assertThat(address(plan(text))).isNotEqualTo(before);
    }

    private static String address(Plan plan) {
        assertThat(plan.problems()).isEmpty();
        return plan.tasks().stream().filter(task -> task.node().name().equals("p")).findFirst().orElseThrow().address();
    }
}
