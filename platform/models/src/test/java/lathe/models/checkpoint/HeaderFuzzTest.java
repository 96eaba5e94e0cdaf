package lathe.models.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import lathe.spi.LatheException;

/** Files changed at random: they open with tensors that lie within the file, or are refused with a sentence. */
class HeaderFuzzTest {
    private static final int CHANGED_FILES = 2000;
    private static final List<String> PIECES = List.of("0", "9", "-", "\"", "{", "}", "[", "]", ",", ":", "\\u0000",
            "e9",
            "null", "99999999999999999999", " ", "\\", "dtype", "shape", "F64", "\u0000", "\n");

    @TempDir
    Path folder;

    @Test
    void opensOrRefusesWhateverAFileHolds() throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<Path> valid = SharedFolder.list(SharedFolder.require("golden/hostile/valid"));
        Path file = folder.resolve("changed.safetensors");
        int opened = 0;
        for (int i = 0; i < CHANGED_FILES; i++) {
            byte[] bytes = change(Files.readAllBytes(valid.get(random.nextInt(valid.size()))), random);
            Files.write(file, bytes);
            try (SafetensorsFile changed = SafetensorsFile.open(file)) {
                changed.tensors().forEach(entry -> touch(entry));
                opened++;
            } catch (LatheException e) {
                Sentences.assertPrintable(e.getMessage());
            } catch (RuntimeException | Error e) {
                fail("seed " + seed + ", file " + i, e);
            }
        }
        assertThat(opened).as("seed " + seed).isBetween(1, CHANGED_FILES - 1);
    }

    private static void touch(TensorEntry entry) {
        long bytes = entry.segment().byteSize();
        if (bytes > 0) {
            entry.segment().get(ValueLayout.JAVA_BYTE, bytes - 1);
        }
    }

    private static byte[] change(byte[] bytes, Random random) {
        StringBuilder text = new StringBuilder(new String(bytes, StandardCharsets.ISO_8859_1));
        for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
            int at = random.nextInt(text.length());
            switch (random.nextInt(4)) {
                case 0 -> text.setCharAt(at, (char) random.nextInt(256));
                case 1 -> text.insert(at, PIECES.get(random.nextInt(PIECES.size())));
                case 2 -> text.delete(at, Math.min(text.length() - 1, at + random.nextInt(6)));
                default -> text.replace(at, Math.min(text.length(), at + 1), PIECES.get(random.nextInt(PIECES.size())));
            }
        }
        return text.toString().getBytes(StandardCharsets.ISO_8859_1);
    }
}
