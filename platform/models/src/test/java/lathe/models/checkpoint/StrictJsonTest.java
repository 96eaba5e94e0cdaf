package lathe.models.checkpoint;

import static lathe.models.checkpoint.Sentences.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StrictJsonTest {
    @TempDir
    Path folder;

    @Test
    void keepsWholeNumbersApartFromFractions() throws IOException {
        Map<String, Object> read = read(
                """
                        {"a": 8, "b": 8.0, "c": 1000000000000000019884624838656, "d": null, "e": [true, "x"], "f": {"g": -3}}""");
        assertThat(read.get("a")).isEqualTo(8L);
        assertThat(read.get("b")).isEqualTo(8.0);
        assertThat(read.get("c")).isEqualTo(new BigInteger("1000000000000000019884624838656"));
        assertThat(read).containsKey("d");
        assertThat(read.get("e")).isEqualTo(Arrays.asList(true, "x"));
        assertThat(read.get("f")).isEqualTo(Map.of("g", -3L));
    }

    @Test
    void refusesWhatIsNotOneJsonObject() throws IOException {
        assertRefused(() -> read("[1]"), "a list where an object is needed");
        assertRefused(() -> read("{} {}"), "test.json");
        assertRefused(() -> read("{\"a\": NaN}"), "not JSON", "$.a");
        assertRefused(() -> read("{\"a\": Infinity}"), "not JSON");
        assertRefused(() -> read("{'a': 1}"), "not JSON");
        assertRefused(() -> read("{\"a\": 1, \"a\": 2}"), "'a'", "twice");
        assertRefused(() -> read("{\"a\": {\"b\": 1, \"b\": 2}}"), "'b'", "twice");
        assertRefused(() -> read("{\"a\": 1e999}"), "1e999");
        assertRefused(() -> read("{\"a\": 1"), "ends in the middle");
        assertRefused(() -> read("{\"a\": " + "[".repeat(20_000) + "]".repeat(20_000) + "}"), "nests too deeply");
        assertRefused(() -> read(""), "is empty");
        assertRefused(() -> read("{\"a\": " + "1".repeat(5000) + "}"), "not JSON");
    }

    @Test
    void refusesFilesThatAreTooLong() throws IOException {
        Path file = Files.writeString(folder.resolve("test.json"), "{\"a\": 1}");
        assertRefused(() -> StrictJson.readObject(file, 3), "8 bytes");
        assertThat(StrictJson.readObject(file, 8)).containsOnlyKeys("a");
    }

    private Map<String, Object> read(String text) throws IOException {
        return StrictJson.readObject(Files.writeString(folder.resolve("test.json"), text), 1_000_000);
    }
}
