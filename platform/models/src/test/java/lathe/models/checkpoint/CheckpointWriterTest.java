package lathe.models.checkpoint;

import static lathe.models.checkpoint.Sentences.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import lathe.spi.LatheException;

class CheckpointWriterTest {
    private static final Map<String, String> METADATA = Map.of("format", "pt", "note", "ä\"\\\n😀");

    @TempDir
    Path folder;

    @Test
    void readsBackWhatItWroteInOneFile() {
        try (Arena arena = Arena.ofConfined()) {
            List<TensorSource> tensors = tensors(arena);
            CheckpointWriter.write(folder, tensors, METADATA, 1L << 40);
            assertThat(names()).containsExactly("model.safetensors");
            assertSame(tensors, arena);
            try (Checkpoint checkpoint = Checkpoint.open(folder)) {
                assertThat(checkpoint.metadata()).isEqualTo(METADATA);
            }
        }
    }

    @Test
    void readsBackWhatItWroteInShardsOfBoundedSize() {
        try (Arena arena = Arena.ofConfined()) {
            List<TensorSource> tensors = tensors(arena);
            CheckpointWriter.write(folder, tensors, METADATA, 500);
            assertThat(names()).contains("model.safetensors.index.json").hasSizeGreaterThan(3);
            assertSame(tensors, arena);
            try (Checkpoint checkpoint = Checkpoint.open(folder)) {
                for (Path file : checkpoint.files()) {
                    List<TensorEntry> inside = checkpoint.entries().stream().filter(e -> e.file().equals(file))
                            .toList();
                    long bytes = inside.stream().mapToLong(TensorEntry::bytes).sum();
                    assertThat(bytes <= 500 || inside.size() == 1).isTrue();
                }
            }
        }
    }

    @Test
    void writesTheSameBytesWhateverTheOrder() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            List<TensorSource> tensors = tensors(arena);
            SafetensorsWriter.write(folder.resolve("one"), tensors, METADATA);
            SafetensorsWriter.write(folder.resolve("two"), tensors.reversed(), METADATA);
            assertThat(folder.resolve("one")).hasSameBinaryContentAs(folder.resolve("two"));
            assertThat(Files.size(folder.resolve("one"))).isPositive();
        }
    }

    @Test
    void alignsTheDataForVectorLoads() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            SafetensorsWriter.write(folder.resolve("one"), tensors(arena), Map.of());
            ByteBuffer start = ByteBuffer.wrap(Files.readAllBytes(folder.resolve("one"))).order(
                    ByteOrder.LITTLE_ENDIAN);
            assertThat((start.getLong(0) + 8) % 64).isZero();
        }
    }

    @Test
    void leavesTheOldFileWholeWhenTheDiskBecomesFull() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            SafetensorsWriter.write(folder.resolve("model.safetensors"), tensors(arena), Map.of());
            byte[] old = Files.readAllBytes(folder.resolve("model.safetensors"));
            List<TensorSource> failing = new ArrayList<>(tensors(arena));
            failing.add(full());
            assertRefused(() -> CheckpointWriter.write(folder, failing, Map.of(), 1L << 40), "model.safetensors",
                    "cannot be written", "No space left on device", "unchanged");
            assertThat(names()).containsExactly("model.safetensors");
            assertThat(Files.readAllBytes(folder.resolve("model.safetensors"))).isEqualTo(old);
        }
    }

    @Test
    void leavesNothingBehindWhenAShardFails() {
        try (Arena arena = Arena.ofConfined()) {
            List<TensorSource> failing = new ArrayList<>(tensors(arena));
            failing.add(full());
            assertRefused(() -> CheckpointWriter.write(folder, failing, Map.of(), 500), "cannot be written");
            assertThat(names()).isEmpty();
        }
    }

    /** A limit of the shell on the size of files stops the write in the middle as a full disk would. */
    @Test
    void leavesTheOldFileWholeWhenTheSystemStopsTheWrite() throws Exception {
        Path file = folder.resolve("model.safetensors");
        Files.writeString(file, "old");
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        Path output = folder.resolve("output");
        Process process = new ProcessBuilder("bash", "-c", "ulimit -f 64 && exec \"$@\"", "bash", java, "-Xmx64m",
                "-cp",
                System.getProperty("java.class.path"), Writer.class.getName(), file.toString())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile()).start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(output).content().contains("refused: ", "model.safetensors cannot be written", "unchanged");
        assertThat(file).hasContent("old");
        assertThat(names()).containsExactly("model.safetensors", "output");
    }

    /** What runs under the limit: writes a megabyte. */
    static final class Writer {
        private Writer() {}

        public static void main(String[] arguments) {
            try (Arena arena = Arena.ofConfined()) {
                SafetensorsWriter.write(Path.of(arguments[0]), List.of(TensorSource.of("a", StoredType.U8,
                        new long[] {1 << 20}, arena.allocate(1 << 20))), Map.of());
                System.out.println("written");
            } catch (LatheException e) {
                System.out.println("refused: " + e.getMessage());
            }
        }
    }

    @Test
    void doesNotOverwriteShards() {
        try (Arena arena = Arena.ofConfined()) {
            CheckpointWriter.write(folder, tensors(arena), Map.of(), 500);
            assertRefused(() -> CheckpointWriter.write(folder, tensors(arena), Map.of(), 500), "already holds sharded");
        }
    }

    @Test
    void refusesContentOfAWrongLengthAndNamesGivenTwice() {
        TensorSource lying = new TensorSource("a", StoredType.F32, new long[] {2},
                out -> out.write(ByteBuffer.allocate(4)));
        assertThatThrownBy(() -> SafetensorsWriter.write(folder.resolve("x"), List.of(lying), Map.of())).isInstanceOf(
                IllegalStateException.class).hasMessageContaining("4 bytes, not 8");
        assertThat(names()).isEmpty();
        assertThatThrownBy(() -> SafetensorsWriter.write(folder.resolve("x"), List.of(lying, lying), Map.of()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static TensorSource full() {
        return new TensorSource("z", StoredType.U8, new long[] {1 << 20}, out -> {
            out.write(ByteBuffer.allocate(1 << 10));
            throw new IOException("No space left on device");
        });
    }

    private List<TensorSource> tensors(Arena arena) {
        Random random = new Random(7);
        List<TensorSource> tensors = new ArrayList<>();
        StoredType[] types = {StoredType.BF16, StoredType.F32, StoredType.U8, StoredType.F16, StoredType.I64};
        for (int i = 0; i < 20; i++) {
            StoredType type = types[i % types.length];
            long[] shape = {1 + random.nextInt(9), random.nextInt(7)};
            byte[] data = new byte[(int) (shape[0] * shape[1] * type.bits() / 8)];
            random.nextBytes(data);
            MemorySegment segment = arena.allocate(Math.max(1, data.length)).asSlice(0, data.length);
            segment.copyFrom(MemorySegment.ofArray(data));
            tensors.add(TensorSource.of("block." + i + ".weight", type, shape, segment));
        }
        return tensors;
    }

    private void assertSame(List<TensorSource> expected, Arena arena) {
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            assertThat(checkpoint.names()).containsExactlyInAnyOrderElementsOf(
                    expected.stream().map(TensorSource::name).toList());
            for (TensorSource source : expected) {
                TensorEntry entry = checkpoint.entry(source.name());
                assertThat(entry.type()).isEqualTo(source.type());
                assertThat(entry.shape()).isEqualTo(source.shape());
                Path copy = folder.resolveSibling("copy");
                AtomicFile.write(copy, source::writeTo);
                assertThat(entry.segment().toArray(ValueLayout.JAVA_BYTE)).isEqualTo(
                        Files.readAllBytes(copy));
                Files.delete(copy);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<String> names() {
        return SharedFolder.list(folder).stream().map(path -> path.getFileName().toString()).toList();
    }
}
