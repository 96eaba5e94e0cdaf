package lathe.models.checkpoint;

import static lathe.models.checkpoint.Sentences.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Things in a model's folder that are not the files they should be. */
@Timeout(30)
class OddFilesTest {
    @TempDir
    Path folder;

    @Test
    void refusesAFolderInPlaceOfAFile() throws IOException {
        Files.createDirectory(folder.resolve("model.safetensors"));
        assertRefused(() -> Checkpoint.open(folder), "model.safetensors is a folder");
    }

    @Test
    void refusesAFolderInPlaceOfTheIndexAndOfAShard() throws IOException {
        Files.createDirectory(folder.resolve("model.safetensors.index.json"));
        assertRefused(() -> Checkpoint.open(folder), "index.json is a folder");
        Files.delete(folder.resolve("model.safetensors.index.json"));
        Files.createDirectory(folder.resolve("shard.safetensors"));
        Files.writeString(folder.resolve("model.safetensors.index.json"), """
                {"weight_map": {"a": "shard.safetensors"}}""");
        assertRefused(() -> Checkpoint.open(folder), "shard.safetensors is a folder");
    }

    @Test
    void refusesLinksToNothingAndToThemselves() throws IOException {
        Path link = folder.resolve("model.safetensors");
        Files.createSymbolicLink(link, folder.resolve("nothing"));
        assertRefused(() -> Checkpoint.open(folder), "model.safetensors is a symbolic link that leads to nothing");
        Files.delete(link);
        Files.createSymbolicLink(link, link);
        assertRefused(() -> Checkpoint.open(folder), "model.safetensors is a symbolic link that cannot be followed");
    }

    @Test
    void followsALinkToAFileElsewhereAsModelCachesHaveThem() throws IOException {
        Path blobs = Files.createDirectory(folder.resolve("blobs"));
        Path snapshot = Files.createDirectory(folder.resolve("snapshot"));
        write(blobs.resolve("1234"));
        Files.createSymbolicLink(snapshot.resolve("model.safetensors"), blobs.resolve("1234"));
        try (Checkpoint checkpoint = Checkpoint.open(snapshot)) {
            assertThat(checkpoint.names()).containsExactly("a");
        }
    }

    @Test
    void doesNotHangOnANamedPipe() throws Exception {
        Path pipe = folder.resolve("model.safetensors");
        assumeTrue(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor() == 0, "skipped: no mkfifo");
        assertRefused(() -> Checkpoint.open(folder), "model.safetensors is a pipe");
    }

    @Test
    void refusesAFileThatMayNotBeRead() throws IOException {
        Path file = folder.resolve("model.safetensors");
        write(file);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("---------"));
        assumeFalse(Files.isReadable(file), "skipped: this user may read everything");
        assertRefused(() -> Checkpoint.open(folder), "may not be read");
    }

    @Test
    void refusesFoldersThatAreNone() throws IOException {
        assertRefused(() -> Checkpoint.open(folder.resolve("absent")), "There is no folder", "absent");
        Path file = Files.createFile(folder.resolve("file"));
        assertRefused(() -> Checkpoint.open(file), "file is not a folder");
        assertRefused(() -> Checkpoint.open(Files.createDirectory(folder.resolve("empty"))), "holds no weights");
    }

    @Test
    void opensFoldersWithOddNames() throws IOException {
        boolean anyLetters = System.getProperty("sun.jnu.encoding", "").equalsIgnoreCase("UTF-8");
        for (String name : List.of("with spaces", anyLetters ? "Lådé 層" : "no other letters here", "line\nbreak")) {
            Path odd = Files.createDirectory(folder.resolve(name));
            assertRefused(() -> Checkpoint.open(odd), Visible.escape(name));
            write(odd.resolve("model.safetensors"));
            try (Checkpoint checkpoint = Checkpoint.open(odd)) {
                assertThat(checkpoint.names()).containsExactly("a");
            }
        }
    }

    @Test
    void saysSoWhenAFileIsShortenedAfterItWasMapped() throws IOException {
        Path file = folder.resolve("model.safetensors");
        write(file);
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            TensorEntry entry = checkpoint.entry("a");
            FiniteCheck.requireFinite(entry);
            try (RandomAccessFile other = new RandomAccessFile(file.toFile(), "rw")) {
                other.setLength(4096);
            }
            assertRefused(entry::segment, "was shortened", "'a'");
            assertRefused(() -> FiniteCheck.requireFinite(entry), "was shortened", "'a'");
        }
    }

    @Test
    void readsShardsOnlyByPlainNames() throws IOException {
        for (String name : List.of("", ".", "..", "../x", "a/b", "/x", "a\\\\b", "a\\u0000b")) {
            Files.writeString(folder.resolve("model.safetensors.index.json"), """
                    {"weight_map": {"a": "%s"}}""".formatted(name));
            assertRefused(() -> Checkpoint.open(folder), "plain file name");
        }
    }

    private static void write(Path file) {
        try (Arena arena = Arena.ofConfined()) {
            SafetensorsWriter.write(file, List.of(TensorSource.of("a", StoredType.F32, new long[] {64, 1024},
                    arena.allocate(4 * 64 * 1024))), Map.of());
        }
    }
}
