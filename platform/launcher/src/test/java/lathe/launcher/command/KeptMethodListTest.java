package lathe.launcher.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import lathe.launcher.Installation;

class KeptMethodListTest {
    private static final int WIDTH = 80;

    @TempDir
    private Path home;

    private KeptMethodList list() throws IOException {
        return KeptMethodList.of(home.resolve("cache"), new Installation(home, home.resolve("plugins")), WIDTH);
    }

    private Path jar(String name, String content) throws IOException {
        Files.createDirectories(home.resolve("plugins"));
        return Files.writeString(home.resolve("plugins").resolve(name), content);
    }

    @Test
    void givesBackWhatWasPrintedForTheSameJars() throws IOException {
        jar("a.jar", "one");
        assertThat(list().text()).isNull();

        list().keep("a list\nof two lines\n");

        assertThat(list().text()).isEqualTo("a list\nof two lines\n");
    }

    @Test
    void seesAJarThatWasReplacedByOneOfTheSameSizeAndTime() throws IOException {
        Path jar = jar("a.jar", "one");
        FileTime time = Files.getLastModifiedTime(jar);
        list().keep("a list");

        Files.setLastModifiedTime(jar("a.jar", "two"), time);
        assertThat(list().text()).isNull();

        Files.setLastModifiedTime(jar("a.jar", "one"), time);
        assertThat(list().text()).isEqualTo("a list");
    }

    @Test
    void seesJarsThatComeAndGo() throws IOException {
        jar("a.jar", "one");
        list().keep("a list");

        Path other = jar("b.jar", "one");
        assertThat(list().text()).isNull();

        Files.delete(other);
        assertThat(list().text()).isEqualTo("a list");
        Files.delete(home.resolve("plugins/a.jar"));
        assertThat(list().text()).isNull();
    }

    @Test
    void dependsOnTheOptionsOfTheStartAndOnTheWidth() throws IOException {
        list().keep("a list");
        System.setProperty("lathe.of.a.test", "1");
        try {
            assertThat(list().text()).isNull();
        } finally {
            System.clearProperty("lathe.of.a.test");
        }
        Installation installation = new Installation(home, home.resolve("plugins"));
        assertThat(KeptMethodList.of(home.resolve("cache"), installation, WIDTH + 1).text()).isNull();
    }

    @Test
    void doesWithoutAFileThatIsNoneOfItsOwn() throws IOException {
        list().keep("a list");
        try (var files = Files.list(home.resolve("cache"))) {
            Files.write(files.findFirst().orElseThrow(), new byte[] {(byte) 0xff, (byte) 0xfe, 0, 'k'});
        }

        assertThat(list().text()).isNull();
    }

    @Test
    void keepsNothingWhereNothingCanBeWritten() throws IOException {
        Files.writeString(home.resolve("cache"), "a file where a folder should be");

        list().keep("a list");

        assertThat(list().text()).isNull();
    }
}
