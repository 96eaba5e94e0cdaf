package lathe.spi.processor;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;

import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ParameterMeaningsTest {
    @TempDir
    Path classes;

    @Test
    void joinsLinesAndDropsInlineTags() {
        assertThat(ParameterMeanings.parameters("""
                The parameters.

                @param sparsity fraction of the weights
                                of {@code each} output row
                @param pattern  unstructured, or "n:m"
                @return nothing
                """))
                .containsExactly(
                        java.util.Map.entry("sparsity", "fraction of the weights of each output row"),
                        java.util.Map.entry("pattern", "unstructured, or \"n:m\""));
    }

    @Test
    void writesOneResourceForANestedRecordThatPropertiesCanRead() throws Exception {
        compile("example.Outer", """
                package example;
                class Outer {
                    /**
                     * @param ratio how much goes: 50 % \\\\ größer
                     */
                    record Config(double ratio) { }
                }
                """);

        Properties read = new Properties();
        try (var loader = new URLClassLoader(new java.net.URL[] {classes.toUri().toURL()}, null);
                var in = loader.getResourceAsStream("META-INF/lathe/config/example.Outer$Config.properties")) {
            read.load(in);
        }
        assertThat(read.getProperty("ratio")).isEqualTo("how much goes: 50 % \\\\ größer");
    }

    @Test
    void writesNothingForARecordWithoutParameters() throws Exception {
        compile("example.Plain", "package example; record Plain(int x) { }");

        assertThat(Files.exists(classes.resolve("META-INF"))).isFalse();
    }

    @Test
    void describesARecordOnceInAPackageWithADescription() {
        compile(source("example.package-info", "/** A package. */ package example;"),
                source("example.Config",
                        "package example; /** @param ratio how much goes */ record Config(double ratio) { }"));

        assertThat(classes.resolve("META-INF/lathe/config/example.Config.properties")).exists();
    }

    private void compile(String name, String source) {
        compile(source(name, source));
    }

    private static JavaFileObject source(String name, String source) {
        return new SimpleJavaFileObject(
                URI.create("string:///" + name.replace('.', '/') + ".java"), JavaFileObject.Kind.SOURCE) {
            @Override
            public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                return source;
            }
        };
    }

    private void compile(JavaFileObject... files) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        JavaCompiler.CompilationTask task = compiler.getTask(null, null, null, List.of("-d", classes.toString()), null,
                List.of(files));
        task.setProcessors(List.of(new ParameterMeanings()));
        assertThat(task.call()).isTrue();
    }
}
