package lathe.runtime.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import com.typesafe.config.Config;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HoconFileTest {
    private final Problems problems = new Problems();

    @TempDir
    Path folder;

    private Path write(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text);
    }

    private Config load(Path file, String... overrides) {
        return HoconFile.load(file, Overrides.of(overrides), problems)
                .flatMap(read -> read.resolve(Map.of(), problems)).orElse(null);
    }

    private List<String> messages() {
        return problems.list().stream().map(Problem::toString).toList();
    }

    @Test
    void findsIncludesBesideTheFileAndInConfigsFoldersAbove() throws IOException {
        write("configs/models/tiny.conf", "models.tiny = here");
        write("experiments/own.conf", "own = 1");
        Config config = load(write("experiments/deep/a.conf", "include \"models/tiny.conf\"\ninclude \"../own.conf\"\n"
                + "a = ${models.tiny}"));
        assertThat(messages()).isEmpty();
        assertThat(config.getString("a")).isEqualTo("here");
        assertThat(config.getInt("own")).isEqualTo(1);
        assertThat(Places.of(config.getValue("models.tiny").origin())).endsWith("configs/models/tiny.conf:1");
    }

    @Test
    void refusesAnIncludeThatIsNowhere() throws IOException {
        write("configs/models/tiny.conf", "");
        load(write("a.conf", "x = 1\ninclude \"models/tny.conf\"\n"));
        assertThat(messages()).singleElement().asString()
                .endsWith("a.conf:2: include: There is no file models/tny.conf to "
                        + "include: looked beside the file and in the configs folders. Did you mean models/tiny.conf?");
    }

    @Test
    void refusesFilesThatIncludeThemselves() throws IOException {
        write("b.conf", "include \"a.conf\"");
        load(write("a.conf", "include \"b.conf\""));
        assertThat(messages()).singleElement().asString().contains("a.conf includes itself");
    }

    @Test
    void saysWhereASubstitutionLeadsNowhere() throws IOException {
        load(write("a.conf", "models.tiny = x\n\ny = ${models.tyni}"));
        assertThat(messages()).singleElement().asString()
                .contains("a.conf:3: The substitution ${models.tyni} leads nowhere: "
                        + "there is no such key. Did you mean models.tiny");
    }

    @Test
    void saysWhereAFileIsNotHocon() throws IOException {
        load(write("a.conf", "x = 1\ny = {\n"));
        assertThat(messages()).singleElement().asString().contains("a.conf:3: This is not HOCON:");
    }

    @Test
    void putsOverridesOverTheFile() throws IOException {
        Config config = load(write("a.conf", "graph.pruned.sparsity = 0.5, b = ${graph.pruned.sparsity}"),
                "graph.pruned.sparsity=0.6");
        assertThat(config.getDouble("b")).isEqualTo(0.6);
    }

    @Test
    void saysWhatIsWrongWithAnOverride() throws IOException {
        load(write("a.conf", "x = 1"), "graph.pruned", "pattern=2:4");
        assertThat(messages()).hasSize(2);
        assertThat(messages().getFirst())
                .isEqualTo("-D graph.pruned: An override is written path=value, such as seed=3.");
        assertThat(messages().getLast()).contains("-D pattern=2:4: This is not HOCON:").contains("pattern=\"2:4\"");
    }

    @Test
    void refusesFilesThatCannotBeRead() throws IOException {
        write("quickstart.conf", "");
        load(folder.resolve("quikstart.conf"));
        load(folder);
        Files.write(folder.resolve("binary.conf"), new byte[] {(byte) 0xff, (byte) 0xfe, 0});
        load(folder.resolve("binary.conf"));
        assertThat(messages().get(0)).endsWith("There is no such file. Did you mean quickstart.conf?");
        assertThat(messages().get(1)).endsWith("This is a folder or a device, not an experiment file.");
        assertThat(messages().get(2)).endsWith("The file is not text in UTF-8.");
    }

    @Test
    void survivesAbsurdNesting() throws IOException {
        load(write("a.conf", "a = " + "[".repeat(100_000)));
        assertThat(messages()).hasSize(1);
    }
}
