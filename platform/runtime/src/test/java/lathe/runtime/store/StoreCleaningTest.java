package lathe.runtime.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import lathe.spi.LatheException;

class StoreCleaningTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

    @TempDir
    Path folder;

    private static StoreInventory.Item item(String address, int daysOld, long bytes, String... runs) {
        return new StoreInventory.Item(
                new Artifact(address, "node", "{}", NOW.minus(daysOld, ChronoUnit.DAYS), Path.of("x"),
                        Map.of()),
                "prune", bytes, Set.of(runs));
    }

    private static final List<StoreInventory.Item> ITEMS = List.of(item("young", 1, 10), item("old", 40, 20, "run"),
            item("future", -5, 40), item("ancient", 400, 80));

    private static List<String> chosen(StoreCleaning cleaning) {
        return cleaning.choose(ITEMS, NOW).stream().map(item -> item.artifact().address()).toList();
    }

    @Test
    void takesTheOldOnesTheOldestFirst() {
        assertThat(chosen(new StoreCleaning(Optional.of(Duration.ofDays(30)), false, Optional.empty())))
                .containsExactly("ancient", "old");
    }

    @Test
    void leavesWhatARunRefersToWhereAsked() {
        assertThat(chosen(new StoreCleaning(Optional.empty(), true, Optional.empty())))
                .containsExactly("ancient", "young", "future");
        assertThat(chosen(new StoreCleaning(Optional.of(Duration.ofDays(30)), true, Optional.empty())))
                .containsExactly("ancient");
    }

    @Test
    void stopsAsSoonAsTheRestFits() {
        assertThat(chosen(new StoreCleaning(Optional.empty(), false, Optional.of(70L)))).containsExactly("ancient");
        assertThat(chosen(new StoreCleaning(Optional.empty(), false, Optional.of(69L)))).containsExactly("ancient",
                "old");
        assertThat(chosen(new StoreCleaning(Optional.empty(), false, Optional.of(150L)))).isEmpty();
    }

    @Test
    void knowsSizesAndTheRunsThatReferToAnArtifact() throws IOException {
        ArtifactStore store = ArtifactStore.open(folder.resolve(".store"));
        store.put("abcd", "pruned", "{\"verb\":\"prune\"}", into -> Manifest.text(into.resolve("a.txt"), "hello"));
        store.put("abcd-block-3", "pruned block 3", "{}", into -> Manifest.text(into.resolve("a.txt"), "hello"));
        store.put("beef", "quality: dense", "{\"verb\":\"evaluate\"}",
                into -> Manifest.text(into.resolve("a.txt"), "x"));
        Path run = Files.createDirectories(folder.resolve("quickstart/20260301-120000-abcd"));
        Files.writeString(run.resolve("lineage.json"), "{\"addresses\": {\"pruned\": \"abcd\"}}");
        List<StoreInventory.Item> items = StoreInventory.of(store, folder).items();
        assertThat(items).extracting(StoreInventory.Item::verb).containsExactlyInAnyOrder("prune", "block", "evaluate");
        assertThat(items).filteredOn(item -> !item.verb().equals("evaluate"))
                .allSatisfy(item -> assertThat(item.runs()).containsExactly("quickstart/20260301-120000-abcd"));
        assertThat(items).allSatisfy(item -> assertThat(item.bytes()).isGreaterThan(100));
        assertThat(items).filteredOn(item -> item.verb().equals("evaluate")).singleElement()
                .satisfies(item -> assertThat(item.runs()).isEmpty());
    }

    @Test
    void takesNothingForGarbageWhileALineageCannotBeRead() throws IOException {
        ArtifactStore store = ArtifactStore.open(folder.resolve(".store"));
        Path run = Files.createDirectories(folder.resolve("quickstart/one"));
        Files.writeString(run.resolve("lineage.json"), "{\"addresses\": {\"pruned\": ");
        assertThatThrownBy(() -> StoreInventory.of(store, folder)).isInstanceOf(LatheException.class)
                .hasMessageContaining("lineage.json").hasMessageContaining("refers to");
    }

    @Test
    void sweepsWhatKilledWritersLeftADayAgo() throws IOException {
        ArtifactStore store = ArtifactStore.open(folder);
        Path left = Files.createDirectories(folder.resolve("tmp/left"));
        Files.writeString(left.resolve("half"), "half");
        Path working = Files.createDirectories(folder.resolve("tmp/working"));
        Files.setLastModifiedTime(left, FileTime.from(Instant.now().minus(2, ChronoUnit.DAYS)));
        assertThat(store.sweep(Instant.now(), false)).isEqualTo(4);
        assertThat(left).exists();
        assertThat(store.sweep(Instant.now(), true)).isEqualTo(4);
        assertThat(left).doesNotExist();
        assertThat(working).exists();
    }

    @Test
    void aFullDiskIsASentenceAndLeavesNothing() throws IOException {
        ArtifactStore store = ArtifactStore.open(folder);
        assertThatThrownBy(() -> store.put("abcd", "pruned", "{}", into -> {
            Manifest.text(into.resolve("first"), "written");
            throw new UncheckedIOException(new IOException("No space left on device"));
        })).isInstanceOf(LatheException.class).hasMessageContaining("No space left on device")
                .hasMessageContaining("lathe store gc");
        assertThat(store.holds("abcd")).isFalse();
        assertThat(folder.resolve("tmp")).isEmptyDirectory();
    }

    @Test
    void aStoreThatIsNotThereIsNotMade() {
        assertThatThrownBy(() -> ArtifactStore.existing(folder.resolve("none"))).isInstanceOf(LatheException.class)
                .hasMessageContaining("There is no store");
        assertThat(folder.resolve("none")).doesNotExist();
    }
}
