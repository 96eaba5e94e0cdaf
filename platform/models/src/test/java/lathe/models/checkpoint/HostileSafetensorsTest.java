package lathe.models.checkpoint;

import static lathe.models.checkpoint.Sentences.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class HostileSafetensorsTest {
    /** What the sentence about each file must say besides the file's name. */
    private static final Map<String, List<String>> SAID = said();

    @TestFactory
    Stream<DynamicTest> refusesEveryBrokenFileAndSaysWhatIsWrong() {
        return SharedFolder.list(SharedFolder.require("golden/hostile/safetensors")).stream()
                .map(file -> dynamicTest(name(file), () -> {
                    assertThat(SAID).containsKey(name(file));
                    assertRefused(() -> SafetensorsFile.open(file).close(),
                            SAID.get(name(file)).toArray(String[]::new));
                    assertRefused(() -> SafetensorsFile.open(file).close(), file.getFileName().toString());
                }));
    }

    @Test
    void knowsEveryBrokenFile() {
        assertThat(SharedFolder.list(SharedFolder.require("golden/hostile/safetensors"))).map(
                HostileSafetensorsTest::name).containsExactlyInAnyOrderElementsOf(SAID.keySet());
    }

    private static String name(Path file) {
        return file.getFileName().toString().replace(".safetensors", "");
    }

    private static Map<String, List<String>> said() {
        Map<String, List<String>> said = new HashMap<>();
        said.put("empty", List.of("0 bytes"));
        said.put("five-bytes", List.of("5 bytes"));
        said.put("length-only", List.of("16 bytes", "only 0 bytes follow"));
        said.put("length-zero", List.of("empty header"));
        said.put("length-beyond-file", List.of("10000 bytes"));
        said.put("length-2pow31", List.of("2147483648"));
        said.put("length-2pow63", List.of("9223372036854775808"));
        said.put("length-all-ones", List.of("18446744073709551615"));
        said.put("length-cuts-json", List.of("ends in the middle"));
        said.put("header-not-json", List.of("not JSON"));
        said.put("header-not-utf8", List.of("UTF-8"));
        said.put("header-array", List.of("a list where an object is needed"));
        said.put("header-two-objects", List.of("not JSON"));
        said.put("nesting-20000", List.of("shape", "'a'", "a list"));
        said.put("nesting-metadata-20000", List.of("__metadata__", "an object"));
        said.put("overlap", List.of("'b' overlaps 'a'"));
        said.put("overlap-same", List.of("'b' overlaps 'a'"));
        said.put("gap", List.of("8 bytes before the tensor 'b'"));
        said.put("gap-at-start", List.of("8 bytes before the tensor 'a'"));
        said.put("negative-offset", List.of("'a'", "-24"));
        said.put("reversed-offsets", List.of("'a' ends at byte 0 before it begins at 24"));
        said.put("offsets-beyond-end", List.of("'b' ends at byte 4000", "32 bytes of data"));
        said.put("offsets-2pow63", List.of("'b'", "9223372036854775807"));
        said.put("offsets-2pow64", List.of("'b'", "beyond 64 bits"));
        said.put("offsets-float", List.of("'a'", "0.5", "not a whole number"));
        said.put("offsets-three", List.of("'a'", "more than 2 numbers"));
        said.put("offsets-missing", List.of("'a' has no 'data_offsets'"));
        said.put("dtype-unknown", List.of("'a'", "'F33'"));
        said.put("dtype-number", List.of("'a'", "dtype", "a number"));
        said.put("shape-overflow", List.of("'a'", "[1099511627776, 1099511627776]", "64 bits"));
        said.put("shape-overflow-to-24", List.of("'a'", "4611686018427387910", "64 bits"));
        said.put("shape-offset-mismatch", List.of("'a' has 24 bytes", "[2, 4] needs 32"));
        said.put("shape-negative", List.of("'a'", "negative number -2"));
        said.put("shape-fraction", List.of("'a'", "2.0", "not a whole number"));
        said.put("shape-string", List.of("'a'", "a text where a number is needed"));
        said.put("shape-1e400", List.of("'a'", "1e400"));
        said.put("rank-5000", List.of("'a'", "more than 64"));
        said.put("duplicate-name", List.of("'a' twice"));
        said.put("duplicate-key", List.of("'a'", "'shape' twice"));
        said.put("truncated-data", List.of("'b'", "truncated"));
        said.put("truncated-header", List.of("truncated"));
        said.put("trailing-bytes", List.of("last 16 bytes"));
        said.put("metadata-not-strings", List.of("'n'", "__metadata__", "a number"));
        said.put("tensor-is-null", List.of("'a' is null"));
        said.put("name-escape", List.of("\\u001b[31mred\\r\\n", "296 characters", "needs 28"));
        return said;
    }
}
