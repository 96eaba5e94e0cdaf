package lathe.launcher.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import lathe.launcher.osgi.PluginFolder;

/**
 * Holds the dependency rule over the compiled classes of the whole tree: plugins see the SPI alone, the SPI sees the JDK
 * and HOCON's Config type alone, and the platform names no plugin.
 */
class DependencyRuleTest {
    private static final Path ROOT = Path.of(System.getProperty("lathe.root", "../.."));
    private static final Pattern JDK = Pattern.compile("(java|javax|jdk)\\..*");

    /** Names that a class mentions although the rule forbids it, each with the class that does. */
    private static List<String> violations(List<ClassReferences> classes, Predicate<String> allowed) {
        List<String> violations = new ArrayList<>();
        for (ClassReferences type : classes) {
            type.classes().stream()
                    .filter(allowed.negate())
                    .forEach(name -> violations.add(type.name() + " mentions " + name));
        }
        return violations;
    }

    private static Predicate<String> jdk() {
        return JDK.asMatchPredicate();
    }

    private static Predicate<String> in(String packageName) {
        return name -> name.startsWith(packageName + ".");
    }

    private static Predicate<String> oneOf(List<ClassReferences> classes) {
        Set<String> names = classes.stream().map(ClassReferences::name).collect(Collectors.toSet());
        return names::contains;
    }

    /** The folders below one that are Maven modules with compiled classes. */
    private static List<Path> compiledModules(String parent) throws IOException {
        try (Stream<Path> folders = Files.list(ROOT.resolve(parent))) {
            return folders.filter(folder -> Files.isDirectory(folder.resolve("target/classes")))
                    .filter(folder -> Files.exists(folder.resolve("pom.xml")))
                    .sorted()
                    .toList();
        }
    }

    private static Set<String> pluginIds() throws IOException {
        try (Stream<Path> folders = Files.list(ROOT.resolve("plugins"))) {
            return folders.filter(folder -> Files.exists(folder.resolve("pom.xml")))
                    .map(folder -> folder.getFileName().toString())
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    @Test
    void letsTheSpiSeeTheJdkAndTheConfigTypeAlone() throws IOException {
        List<ClassReferences> spi = ClassReferences.below(ROOT.resolve("spi/target/classes"));

        assertThat(spi).isNotEmpty();
        assertThat(violations(spi, jdk().or(in("lathe.spi")).or("com.typesafe.config.Config"::equals)))
                .isEmpty();
    }

    @TestFactory
    Stream<DynamicTest> letsPluginsSeeTheSpiAlone() throws IOException {
        return compiledModules("plugins").stream().map(module -> DynamicTest.dynamicTest(
                module.getFileName().toString(), () -> assertThat(violationsOfBundle(module, jdk().or(in("lathe.spi"))))
                        .isEmpty()));
    }

    @Test
    void letsTheCudaBackendSeeTheSpiAndItsDriverAlone() throws IOException {
        Path module = ROOT.resolve("kernels-cuda");
        if (Files.isDirectory(module.resolve("target/classes"))) {
            assertThat(violationsOfBundle(module, jdk().or(in("lathe.spi")).or(in("jcuda"))))
                    .isEmpty();
        }
    }

    private static List<String> violationsOfBundle(Path module, Predicate<String> allowed) throws IOException {
        List<ClassReferences> classes = ClassReferences.below(module.resolve("target/classes"));
        return violations(classes, allowed.or(oneOf(classes)));
    }

    @TestFactory
    Stream<DynamicTest> letsThePlatformNameNoPlugin() throws IOException {
        Set<String> ids = pluginIds();
        Set<String> packages = ids.stream().map(id -> "lathe." + id.replace("-", "")).collect(Collectors.toSet());
        return compiledModules("platform").stream().map(module -> DynamicTest.dynamicTest(
                module.getFileName().toString(), () -> {
                    List<ClassReferences> classes = ClassReferences.below(module.resolve("target/classes"));
                    assertThat(
                            violations(classes, name -> packages.stream().noneMatch(of -> name.startsWith(of + "."))))
                            .isEmpty();
                    // Ids alone are no proof: a stored form or a checkpoint layout may be called like a method.
                    Set<String> bundles = ids.stream().map(id -> "lathe-" + id).collect(Collectors.toSet());
                    for (ClassReferences type : classes) {
                        assertThat(type.strings()).as("texts in " + type.name()).doesNotContainAnyElementsOf(bundles);
                    }
                }));
    }

    @TestFactory
    Stream<DynamicTest> letsNoPomOfThePlatformNameAPlugin() throws IOException {
        Set<String> ids = pluginIds();
        return compiledModules("platform").stream().map(module -> DynamicTest.dynamicTest(
                module.getFileName().toString(), () -> {
                    String pom = Files.readString(module.resolve("pom.xml"));
                    assertThat(ids).noneMatch(id -> pom.contains("<artifactId>lathe-" + id + "</artifactId>"));
                }));
    }

    @TestFactory
    Stream<DynamicTest> keepsThePomOfAPluginShort() throws IOException {
        return pluginIds().stream().map(id -> DynamicTest.dynamicTest(id, () -> {
            // Bundles that its golden cases build on are its own affair; everything else belongs into the parent.
            String pom = Files.readString(ROOT.resolve("plugins/" + id + "/pom.xml"))
                    .replaceAll("(?s)<dependencies>.*</dependencies>", "");
            assertThat(pom.lines()).hasSizeLessThan(25);
        }));
    }

    @Test
    void findsWhatAClassMentionsSoThatTheRuleCanBeBroken() throws IOException {
        ClassReferences folder;
        try (var in = PluginFolder.class.getResourceAsStream("PluginFolder.class")) {
            folder = ClassReferences.read(in.readAllBytes());
        }

        assertThat(folder.name()).isEqualTo("lathe.launcher.osgi.PluginFolder");
        assertThat(folder.classes()).contains("lathe.runtime.registry.PluginRegistry", "org.osgi.framework.Bundle");
        assertThat(folder.strings()).contains("active");
        assertThat(violations(List.of(folder), jdk().or(in("lathe.spi"))))
                .contains("lathe.launcher.osgi.PluginFolder mentions lathe.runtime.registry.PluginRegistry");
    }
}
