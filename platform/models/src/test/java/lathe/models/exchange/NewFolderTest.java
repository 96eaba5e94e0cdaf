package lathe.models.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.UUID;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What killed processes leave beside a folder goes when the next one comes, and nothing else does. */
class NewFolderTest {
    @TempDir
    private Path home;

    private Path left(String name, boolean hasLock) throws IOException {
        Path folder = Files.createDirectories(home.resolve("." + name + "." + UUID.randomUUID() + ".tmp"));
        Files.writeString(folder.resolve("model.safetensors"), "half");
        if (hasLock) {
            Files.createFile(folder.resolve(".lock"));
        }
        return folder;
    }

    private void publish() {
        try (NewFolder made = new NewFolder(home.resolve("out"))) {
            made.json("config.json", Map.of());
            made.publish();
        }
    }

    @Test
    void removesWhatAKilledProcessLeft() throws IOException {
        Path killed = left("out", true);
        Path older = left("out", false);
        Files.setLastModifiedTime(older, FileTime.from(Instant.now().minus(2, ChronoUnit.DAYS)));
        publish();
        assertThat(killed).doesNotExist();
        assertThat(older).doesNotExist();
        assertThat(home.resolve("out")).isDirectoryContaining("glob:**/config.json")
                .isDirectoryNotContaining("glob:**/.lock");
        assertThat(home).isDirectoryNotContaining("glob:**/*.tmp");
    }

    @Test
    void leavesWhatSomebodyElseFillsOrWhatIsNotItsOwn() throws IOException {
        Path another = left("other", true);
        Path young = left("out", false);
        Path locked = left("out", true);
        Path alike = Files.createDirectories(home.resolve(".out.mine.tmp"));
        try (FileChannel channel = FileChannel.open(locked.resolve(".lock"), StandardOpenOption.WRITE);
                FileLock lock = channel.lock();
                NewFolder beside = new NewFolder(home.resolve("out"))) {
            assertThat(lock.isValid()).isTrue();
            publish();
            assertThat(beside.path()).isDirectory();
            assertThat(another).isDirectory();
            assertThat(young).isDirectory();
            assertThat(locked).isDirectory();
            assertThat(alike).isDirectory();
        }
    }

    @Test
    void removesItsOwnIfItIsNotPublished() {
        try (NewFolder given = new NewFolder(home.resolve("out"))) {
            given.json("config.json", Map.of());
        }
        assertThat(home).isEmptyDirectory();
    }
}
