package lathe.models.checkpoint;

import static lathe.models.checkpoint.Sentences.assertRefused;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FiniteCheckTest {
    @TempDir
    Path folder;

    @Test
    void namesTheTensorAndThePlace() {
        Path models = SharedFolder.require("golden/hostile/models");
        try (Checkpoint checkpoint = Checkpoint.open(models.resolve("weights-nan"))) {
            assertRefused(() -> checkpoint.entries().forEach(FiniteCheck::requireFinite), "up_proj", "NaN",
                    "row 0, column 5");
        }
        try (Checkpoint checkpoint = Checkpoint.open(models.resolve("weights-infinite"))) {
            assertRefused(() -> checkpoint.entries().forEach(FiniteCheck::requireFinite), "q_proj", "infinity",
                    "row 1, column 1");
        }
        try (Checkpoint checkpoint = Checkpoint.open(models.resolve("valid"))) {
            checkpoint.entries().forEach(FiniteCheck::requireFinite);
        }
    }

    @ParameterizedTest
    @EnumSource(value = StoredType.class, names = {"F16", "BF16", "F32", "F64"})
    void findsOneBadValueAnywhereAmongExtremeOnes(StoredType type) {
        Random random = new Random(3);
        int columns = 7;
        int rows = 83;
        int size = type.bits() / 8;
        for (int bad = -1; bad < rows * columns; bad += bad < 8 || bad > rows * columns - 9 ? 1 : 5) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment data = arena.allocate((long) rows * columns * size);
                for (int i = 0; i < rows * columns; i++) {
                    put(type, data, i, extreme(type, random.nextInt(4)));
                }
                if (bad >= 0) {
                    put(type, data, bad, bad % 2 == 0 ? Double.NaN : Double.NEGATIVE_INFINITY);
                }
                Path file = folder.resolve("x" + bad);
                SafetensorsWriter.write(file, List.of(TensorSource.of("w", type, new long[] {rows, columns}, data)),
                        Map.of());
                try (SafetensorsFile opened = SafetensorsFile.open(file)) {
                    TensorEntry entry = opened.find("w").orElseThrow();
                    if (bad < 0) {
                        FiniteCheck.requireFinite(entry);
                    } else {
                        assertRefused(() -> FiniteCheck.requireFinite(entry), "'w'", bad % 2 == 0 ? "NaN" : "infinity",
                                "row " + bad / columns + ", column " + bad % columns);
                    }
                }
            }
        }
    }

    private static double extreme(StoredType type, int kind) {
        double largest = switch (type) {
            case F16 -> 65504;
            case BF16 -> Float.intBitsToFloat(0x7f7f0000);
            case F32 -> Float.MAX_VALUE;
            default -> Double.MAX_VALUE;
        };
        return kind == 0 ? largest : kind == 1 ? -largest : kind == 2 ? -0.0 : 1;
    }

    private static void put(StoredType type, MemorySegment data, int index, double value) {
        switch (type) {
            case F16 -> data.set(ValueLayout.JAVA_SHORT_UNALIGNED, 2L * index, Float.floatToFloat16((float) value));
            case BF16 -> data.set(ValueLayout.JAVA_SHORT_UNALIGNED, 2L * index,
                    (short) (Float.floatToRawIntBits((float) value) >>> 16));
            case F32 -> data.set(ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * index, (float) value);
            default -> data.set(ValueLayout.JAVA_DOUBLE_UNALIGNED, 8L * index, value);
        }
    }
}
