package lathe.runtime.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import lathe.spi.LatheException;
import lathe.spi.graph.Measurement;

class ArtifactStoreTest {
    private static final String ADDRESS = "abcdef0123456789";

    @TempDir
    Path folder;

    private final List<String> warnings = new ArrayList<>();

    private Artifact put(ArtifactStore store, String text) {
        return store.put(ADDRESS, "pruned", "{\"verb\":\"prune\"}", into -> Manifest.text(into.resolve("a.txt"), text));
    }

    @Test
    void givesBackWhatWasStored() throws IOException {
        ArtifactStore store = ArtifactStore.open(folder);
        assertThat(store.find(ADDRESS, warnings::add)).isEmpty();
        put(store, "hello");
        Artifact found = ArtifactStore.open(folder).find(ADDRESS, warnings::add).orElseThrow();
        assertThat(Files.readString(found.file("a.txt"))).isEqualTo("hello");
        assertThat(found.node()).isEqualTo("pruned");
        assertThat(found.content()).isEqualTo("{\"verb\":\"prune\"}");
        assertThat(warnings).isEmpty();
    }

    @Test
    void keepsTheFirstOfTwoResults() throws IOException {
        ArtifactStore store = ArtifactStore.open(folder);
        put(store, "first");
        Artifact kept = put(store, "second");
        assertThat(Files.readString(kept.file("a.txt"))).isEqualTo("first");
        assertThat(folder.resolve("tmp")).isEmptyDirectory();
    }

    @Test
    void quarantinesWhatIsDamaged() throws IOException {
        ArtifactStore store = ArtifactStore.open(folder);
        Files.writeString(put(store, "hello").file("a.txt"), "jello");
        assertThat(store.find(ADDRESS, warnings::add)).isEmpty();
        assertThat(warnings).singleElement().asString()
                .contains(ADDRESS + " is damaged: its file a.txt has another digest");
        assertThat(store.holds(ADDRESS)).isFalse();
        try (Stream<Path> moved = Files.list(folder.resolve("quarantine"))) {
            assertThat(moved).hasSize(1);
        }
        put(store, "again");
        assertThat(store.find(ADDRESS, warnings::add)).isPresent();
    }

    @Test
    void quarantinesWhatHasNoManifestOrLacksFiles() throws IOException {
        ArtifactStore store = ArtifactStore.open(folder);
        Files.delete(put(store, "hello").file("a.txt"));
        assertThat(store.verify()).singleElement().asString().contains("its file a.txt is missing");
        Files.writeString(put(store, "hello").file(Manifest.FILE), "{ not json");
        assertThat(store.verify()).singleElement().asString().contains("artifact.json cannot be read");
        assertThat(store.list()).isEmpty();
    }

    @Test
    void leavesNothingBehindWhenWritingFails() {
        ArtifactStore store = ArtifactStore.open(folder);
        assertThatThrownBy(() -> store.put(ADDRESS, "pruned", "{}", into -> {
            Manifest.text(into.resolve("a.txt"), "half");
            throw new LatheException("The disk is full.");
        })).hasMessage("The disk is full.");
        assertThat(store.holds(ADDRESS)).isFalse();
        assertThat(folder.resolve("tmp")).isEmptyDirectory();
    }

    @Test
    void refusesAStoreOfANewerVersionAndAFolderThatIsNone() throws IOException {
        ArtifactStore.open(folder);
        Files.writeString(folder.resolve("format"), "7\n");
        assertThatThrownBy(() -> ArtifactStore.open(folder)).isInstanceOf(LatheException.class)
                .hasMessageContaining("comes from a newer Lathe (layout 7, this one knows 1)");
        Files.writeString(folder.resolve("format"), "rubbish");
        assertThatThrownBy(() -> ArtifactStore.open(folder)).hasMessageContaining("is no store");
    }

    @Test
    void saysThatAStoreCannotBeWritten() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");
        assertThatThrownBy(() -> ArtifactStore.open(file.resolve("store"))).isInstanceOf(LatheException.class)
                .hasMessageContaining("cannot be written").hasMessageContaining("--no-store");
    }

    @Test
    void removesArtifacts() {
        ArtifactStore store = ArtifactStore.open(folder);
        store.remove(put(store, "hello"));
        assertThat(store.holds(ADDRESS)).isFalse();
        assertThat(store.list()).isEmpty();
    }

    @Test
    void letsOneComputeWhileTheOtherWaits() throws InterruptedException {
        ArtifactStore store = ArtifactStore.open(folder);
        CountDownLatch second = new CountDownLatch(1);
        NodeLock first = NodeLock.take(store, ADDRESS);
        Thread other = Thread.ofPlatform().start(() -> {
            try (NodeLock lock = NodeLock.take(store, ADDRESS)) {
                second.countDown();
            }
        });
        assertThat(second.await(50, TimeUnit.MILLISECONDS)).isFalse();
        first.close();
        assertThat(second.await(10, TimeUnit.SECONDS)).isTrue();
        other.join();
    }

    @Test
    void readsMeasurementsBackToTheBit() {
        List<Measurement> measured = List.of(
                new Measurement("perplexity", "windowed-512", 53.90685957591261, "", Optional.of(0.1),
                        Optional.of(1e300)),
                Measurement.of("kl", "", Double.NaN, "nats"),
                Measurement.of("ratio", "", Double.POSITIVE_INFINITY, ""));
        NumberFiles.write(measured, folder);
        assertThat(NumberFiles.read(folder)).isEqualTo(measured);
    }
}
