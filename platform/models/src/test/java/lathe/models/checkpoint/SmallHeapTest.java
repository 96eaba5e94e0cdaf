package lathe.models.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import lathe.models.architecture.ModelFolder;
import lathe.spi.LatheException;

/** Opens files in a process with a heap of 64 MB: memory must not grow with what a file claims or holds. */
class SmallHeapTest {
    @TempDir
    Path folder;

    @Test
    void refusesEveryBrokenFile() throws Exception {
        List<Path> files = SharedFolder.list(SharedFolder.require("golden/hostile/safetensors"));
        assertThat(open(files)).hasSize(files.size()).allMatch(line -> line.startsWith("refused"));
    }

    @Test
    void refusesEveryBrokenFolder() throws Exception {
        List<Path> folders = SharedFolder.list(SharedFolder.require("golden/hostile/models"));
        List<String> said = open(folders);
        assertThat(said).hasSize(folders.size());
        for (int i = 0; i < said.size(); i++) {
            boolean valid = folders.get(i).getFileName().toString().startsWith("valid");
            assertThat(said.get(i)).startsWith(valid ? "opened 12 tensors" : "refused");
        }
    }

    @Test
    void mapsATerabyteWithoutReadingIt() throws Exception {
        Path file = folder.resolve("sparse.safetensors");
        long rows = 1L << 30;
        byte[] header = "{\"a\":{\"dtype\":\"F32\",\"shape\":[%d,256],\"data_offsets\":[0,%d]}}".formatted(rows,
                rows * 1024).getBytes(StandardCharsets.UTF_8);
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.write(length(header.length));
            sparse.write(header);
            sparse.setLength(8 + header.length + rows * 1024);
        } catch (IOException e) {
            assumeTrue(false, "skipped: no sparse file of 1 TB here: " + e.getMessage());
        }
        assertThat(open(List.of(file))).containsExactly("opened 1 tensors, 1099511627776 bytes");
    }

    @Test
    void boundsTheMemoryOfAHugeHeader() throws Exception {
        Path file = folder.resolve("header.safetensors");
        List<byte[]> entries = new ArrayList<>();
        long size = 2;
        for (int i = 0; size < 99_999_900; i++) {
            entries.add(
                    "%s\"t%d\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}".formatted(i == 0 ? "" : ",",
                            i).getBytes(StandardCharsets.US_ASCII));
            size += entries.getLast().length;
        }
        try (OutputStream out = Files.newOutputStream(file)) {
            out.write(length(size));
            out.write('{');
            for (byte[] entry : entries) {
                out.write(entry);
            }
            out.write('}');
        }
        assertThat(open(List.of(file))).singleElement().asString().startsWith("refused").contains("100000 tensors");
    }

    @Test
    void boundsTheMemoryOfHugeMetadata() throws Exception {
        Path file = folder.resolve("metadata.safetensors");
        byte[] before = "{\"__metadata__\":{\"x\":\"".getBytes(StandardCharsets.US_ASCII);
        long text = 40_000_000;
        try (OutputStream out = Files.newOutputStream(file)) {
            out.write(length(before.length + text + 3));
            out.write(before);
            byte[] piece = new byte[1_000_000];
            Arrays.fill(piece, (byte) 'x');
            for (long i = 0; i < text; i += piece.length) {
                out.write(piece);
            }
            out.write("\"}}".getBytes(StandardCharsets.US_ASCII));
        }
        assertThat(open(List.of(file))).singleElement().asString().startsWith("refused").contains("characters");
    }

    private static byte[] length(long bytes) {
        return ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(bytes).array();
    }

    private List<String> open(List<Path> files) throws Exception {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m", "-XX:+ExitOnOutOfMemoryError", "--enable-native-access=ALL-UNNAMED", "-cp",
                        System.getProperty("java.class.path"), Opener.class.getName()));
        files.forEach(file -> command.add(file.toString()));
        Path output = folder.resolve("output");
        Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile()).start();
        boolean ended = process.waitFor(60, TimeUnit.SECONDS);
        process.destroyForcibly();
        assertThat(ended).as("ended in time").isTrue();
        assertThat(process.exitValue()).as(Files.readString(output)).isZero();
        return Files.readAllLines(output).stream().filter(line -> !line.startsWith("SLF4J")).toList();
    }

    /** What runs in the other process: opens files and says in a line each what became of it. */
    static final class Opener {
        private Opener() {}

        public static void main(String[] arguments) {
            for (String argument : arguments) {
                Path path = Path.of(argument);
                try {
                    System.out.println(Files.isDirectory(path) ? openFolder(path) : openFile(path));
                } catch (LatheException e) {
                    System.out.println("refused: " + e.getMessage());
                }
            }
        }

        private static String openFile(Path file) {
            try (SafetensorsFile opened = SafetensorsFile.open(file)) {
                long bytes = opened.tensors().stream().mapToLong(entry -> entry.segment().byteSize()).sum();
                return "opened " + opened.tensors().size() + " tensors, " + bytes + " bytes";
            }
        }

        private static String openFolder(Path folder) {
            try (ModelFolder opened = ModelFolder.open(folder)) {
                opened.requireFiniteWeights();
                if (opened.hasTokenizer()) {
                    opened.tokenizer();
                }
                return "opened " + opened.weights().size() + " tensors";
            }
        }
    }
}
