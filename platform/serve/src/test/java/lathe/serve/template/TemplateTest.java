package lathe.serve.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.stream.Stream;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.ToNumberPolicy;
import com.google.gson.reflect.TypeToken;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import lathe.spi.LatheException;

/** Templates against what Jinja2 itself writes (cases.py beside the cases made them), and templates that mean ill. */
class TemplateTest {
    private static final Gson GSON = new GsonBuilder().setObjectToNumberStrategy(ToNumberPolicy.LONG_OR_DOUBLE)
            .create();

    @TestFactory
    Stream<DynamicTest> rendersAsJinjaDoes() throws IOException {
        JsonObject file;
        try (Reader reader = new InputStreamReader(TemplateTest.class.getResourceAsStream("cases.json"),
                StandardCharsets.UTF_8)) {
            file = JsonParser.parseReader(reader).getAsJsonObject();
        }
        Map<String, Object> variables = GSON.fromJson(file.get("variables"), new TypeToken<Map<String, Object>>() {
        }.getType());
        return file.getAsJsonArray("cases").asList().stream().map(one -> {
            JsonObject example = one.getAsJsonObject();
            String template = example.get("template").getAsString();
            return DynamicTest.dynamicTest(example.get("name").getAsString(), () -> {
                if (example.has("expected")) {
                    assertThat(Template.parse(template).render(variables))
                            .isEqualTo(example.get("expected").getAsString());
                } else {
                    assertThatThrownBy(() -> Template.parse(template).render(variables))
                            .isInstanceOf(LatheException.class).hasMessageStartingWith("The chat template");
                }
            });
        });
    }

    @Test
    void saysWhatATemplateRefusesAndWhereItIsBroken() {
        assertThatThrownBy(() -> Template.parse("{{ raise_exception('Roles must alternate') }}").render(Map.of()))
                .hasMessage("The chat template refuses this conversation: Roles must alternate.");
        assertThatThrownBy(() -> Template.parse("a\nb\n{% if x %}\n{% include 'y' %}{% endif %}"))
                .hasMessageContaining("line 4").hasMessageContaining("'include'");
        assertThatThrownBy(() -> Template.parse("{{ x")).hasMessageContaining("'}}' is missing");
        assertThatThrownBy(() -> Template.parse("{{ a.b.c }}").render(Map.of()))
                .hasMessageContaining("'a' is undefined");
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "{{ range(100001) }}",
        "{{ 'a' * 100000000 }}",
        "{{ 'a' * 9223372036854775807 }}",
        "{% set x = namespace(t='aaaaaaaaaa') %}{% for i in range(99) %}{% set x.t = x.t + x.t %}{% endfor %}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{{ 'aaaa'.replace('a', 'a' * 9000000) }}",
        "{{ 'a\nb\nc' | indent('b' * 15000000) }}",
        "{{ ''.getClass().forName('java.lang.Runtime') }}",
        "{{ messages.class }}{{ messages.class.name }}",
        "{{ [].stream() }}",
        "{{ 99999999999999999999 }}"
    })
    void boundsWhatATemplateCanDo(String template) {
        assertThatThrownBy(() -> Template.parse(template).render(Map.of("messages", Map.of())))
                .isInstanceOf(LatheException.class).hasMessageStartingWith("The chat template");
    }

    @Test
    void boundsHowDeepATemplateNests() {
        assertThatThrownBy(() -> Template.parse("{{ " + "(".repeat(50_000) + "1" + ")".repeat(50_000) + " }}"))
                .isInstanceOf(LatheException.class).hasMessageContaining("deep");
        assertThatThrownBy(() -> Template.parse("{% if 1 %}".repeat(50_000))).isInstanceOf(LatheException.class);
        assertThatThrownBy(() -> Template.parse("{{ " + "not ".repeat(50_000) + "1 }}")).hasMessageContaining("deep");
        assertThatThrownBy(() -> Template.parse("{{ " + "-".repeat(50_000) + "1 }}")).hasMessageContaining("deep");
    }
}
