package lathe.models.architecture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

import org.junit.jupiter.api.Test;

import lathe.models.checkpoint.Sentences;
import lathe.models.checkpoint.SharedFolder;
import lathe.spi.LatheException;

/** Configs with random values in random keys: they are read and planned, or refused with a sentence. */
class ConfigFuzzTest {
    private static final int CHANGED_CONFIGS = 1500;
    private static final List<Object> VALUES = new ArrayList<>(Arrays.asList(null, 0L, 1L, -1L, 3L, 7L, 64L,
            Integer.MAX_VALUE + 1L, Long.MAX_VALUE, Long.MIN_VALUE, BigInteger.TWO.pow(80), 0.0, -0.5, 2.5, 1e308,
            1e-308,
            "", "silu", "x\u001b", true, false, List.of(), List.of(1L), Arrays.asList((Object) null), Map.of(),
            Map.of("rope_type", "yarn"), Map.of("type", 3L), Map.of("rope_theta", "x")));

    @Test
    void readsOrRefusesWhateverAConfigSays() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<Map<String, Object>> configs = new ArrayList<>();
        for (Path folder : SharedFolder.cases("models")) {
            for (String name : List.of("config.json", "config-v4.json")) {
                if (Files.exists(folder.resolve(name))) {
                    configs.add(ParsedConfig.read(folder.resolve(name)).raw());
                }
            }
        }
        int read = 0;
        for (int i = 0; i < CHANGED_CONFIGS; i++) {
            Map<String, Object> raw = change(configs.get(random.nextInt(configs.size())), random);
            try {
                ParsedConfig config = ParsedConfig.of(Path.of("config.json"), raw);
                config.plan(name -> false);
                read++;
            } catch (LatheException e) {
                Sentences.assertPrintable(e.getMessage());
            } catch (RuntimeException | Error e) {
                fail("seed " + seed + ", config " + i + ": " + raw, e);
            }
        }
        assertThat(read).as("seed " + seed).isBetween(CHANGED_CONFIGS / 10, CHANGED_CONFIGS - 1);
    }

    private static Map<String, Object> change(Map<String, Object> config, Random random) {
        Map<String, Object> changed = new LinkedHashMap<>(config);
        List<String> keys = new ArrayList<>(changed.keySet());
        for (int changes = 1 + random.nextInt(2); changes > 0; changes--) {
            String key = keys.get(random.nextInt(keys.size()));
            if (changed.get(key) instanceof Map<?, ?> map && !map.isEmpty() && random.nextBoolean()) {
                Map<Object, Object> inner = new LinkedHashMap<>(map);
                inner.put(new ArrayList<>(map.keySet()).get(random.nextInt(map.size())), value(random));
                changed.put(key, inner);
            } else if (random.nextInt(5) == 0) {
                changed.remove(key);
            } else {
                changed.put(key, value(random));
            }
        }
        return changed;
    }

    private static Object value(Random random) {
        return VALUES.get(random.nextInt(VALUES.size()));
    }
}
