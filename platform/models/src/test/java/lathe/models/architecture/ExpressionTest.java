package lathe.models.architecture;

import static lathe.models.checkpoint.Sentences.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;

class ExpressionTest {
    private static Evaluation evaluation() {
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("hidden_size", 64L);
        config.put("heads", 4L);
        config.put("odd", 3L);
        config.put("nothing", null);
        config.put("flag", true);
        config.put("name", "silu");
        config.put("list", Arrays.asList(0L, 2L));
        config.put("inner", Map.of("theta", 1e-6));
        return Evaluation.of(Path.of("config.json"), config,
                Map.of("hidden", "config.hidden_size", "width", "config.head_dim ?: hidden / config.heads"));
    }

    private static Object value(String formula) {
        return evaluation().any(formula);
    }

    @Test
    void bindsOperatorsAsUsual() {
        assertThat(value("1 + 2 * 3")).isEqualTo(7L);
        assertThat(value("(1 + 2) * 3")).isEqualTo(9L);
        assertThat(value("7 - 2 - 1")).isEqualTo(4L);
        assertThat(value("-2 + 5 % 3")).isEqualTo(0L);
        assertThat(value("1 < 2 && !(3 <= 2) || false")).isEqualTo(true);
        assertThat(value("true ? 1 : false ? 2 : 3")).isEqualTo(1L);
        assertThat(value("1e-6 * 2.5")).isEqualTo(1e-6 * 2.5);
    }

    @Test
    void takesDefaultsForKeysThatAreAbsentOrNull() {
        assertThat(value("config.absent ?: config.nothing ?: 5")).isEqualTo(5L);
        assertThat(value("config.absent ?: 1 + 1 == 2")).isEqualTo(true);
        assertThat(value("config.flag ?: false ? 1 : 2")).isEqualTo(1L);
        assertThat(value("given(config.nothing)")).isEqualTo(true);
        assertThat(value("given(config.absent)")).isEqualTo(false);
        assertThat(value("config.absent.deeper ?: 'x'")).isEqualTo("x");
        assertThat(value("config.inner.theta")).isEqualTo(1e-6);
        assertThat(value("config.nothing == none")).isEqualTo(true);
    }

    @Test
    void readsListsAndVariables() {
        assertThat(value("2 in config.list")).isEqualTo(true);
        assertThat(value("1 in config.list")).isEqualTo(false);
        assertThat(value("1 in config.absent")).isEqualTo(false);
        assertThat(value("config.list[1] + 1")).isEqualTo(3L);
        assertThat(value("width")).isEqualTo(16L);
        assertThat(value("config.name == 'silu'")).isEqualTo(true);
        assertThat(value("floor(5 * 0.5) + sqrt(16) + pow(2, 3) + ln(1)")).isEqualTo(14.0);
        assertThat(evaluation().inner(Map.of("next", "block + 1"), "block", 6).any("next * width")).isEqualTo(112L);
    }

    @Test
    void blamesTheKeyOfTheConfig() {
        Evaluation evaluation = evaluation();
        assertRefused(() -> evaluation.whole("config.absent", "x", 0, 9), "'absent' is missing");
        assertRefused(() -> evaluation.whole("hidden", "x", 0, 9), "'hidden_size' is 64", "at most 9");
        assertRefused(() -> evaluation.any("hidden / config.odd"), "'hidden_size' (64)", "'odd' (3)");
        assertRefused(() -> evaluation.any("hidden * config.name"), "'name' is the text 'silu'");
        assertRefused(() -> evaluation.truth("config.list", "x"), "'list' is a list");
        assertRefused(() -> evaluation.any("hidden / (config.heads - 4)"), "is 0");
        assertRefused(() -> evaluation.any("config.list[5]"), "'list' has 2 entries");
        assertRefused(() -> evaluation.any("hidden * 9000000000000000000"), "64 bits");
    }

    @Test
    void refusesMalformedFormulas() {
        for (String formula : List.of("", "1 +", "(1", "a b", "'x", "1 ? 2", "f(", "#")) {
            assertThatThrownBy(() -> Expression.parse(formula)).as(formula)
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
