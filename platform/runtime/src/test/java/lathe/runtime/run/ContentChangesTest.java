package lathe.runtime.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import org.junit.jupiter.api.Test;

class ContentChangesTest {
    private static String metric(String id, String code, int place, String config) {
        return "{code:'" + code + "',config:{use:'" + id + "'" + config + "},id:'" + id
                + "',kind:'metric',place:'metrics[" + place + "]',revision:1}";
    }

    private static JsonObject content(String... methods) {
        return JsonParser.parseString("{methods:[" + String.join(",", methods) + "],settings:{},seed:3}")
                .getAsJsonObject();
    }

    private static List<String> between(String before, String now) {
        return ContentChanges.between(JsonParser.parseString(before).getAsJsonObject(),
                JsonParser.parseString(now).getAsJsonObject());
    }

    @Test
    void namesMetricsThatCameAndWent() {
        JsonObject one = content(metric("perplexity", "a", 0, ",windows:40"));
        JsonObject two = content(metric("kl", "a", 0, ""), metric("perplexity", "a", 1, ",windows:40"));
        assertThat(ContentChanges.between(one, two)).containsExactly("metric kl added");
        assertThat(ContentChanges.between(two, one)).containsExactly("metric kl removed");
        assertThat(ContentChanges.between(content(metric("kl", "a", 0, "")), one))
                .containsExactly("metric changed from kl to perplexity");
    }

    @Test
    void namesParametersAndCodeOfTheMethodTheyBelongTo() {
        JsonObject before = content(metric("kl", "a", 0, ""), metric("perplexity", "a", 1, ",windows:40"));
        JsonObject now = content(metric("kl", "b", 0, ""), metric("perplexity", "a", 1, ",windows:20"));
        assertThat(ContentChanges.between(before, now))
                .containsExactly("code of kl changed", "perplexity.windows changed from 40 to 20");
    }

    @Test
    void tellsTwoUsesOfOneMetricApart() {
        JsonObject before = content(metric("perplexity", "a", 0, ",windows:40"));
        JsonObject now = content(metric("perplexity", "a", 0, ",windows:40"),
                metric("perplexity", "a", 1, ",windows:20"));
        assertThat(ContentChanges.between(before, now)).containsExactly("metric perplexity added");
    }

    @Test
    void saysThatOnlyTheOrderChanged() {
        JsonObject before = content(metric("kl", "a", 0, ""), metric("perplexity", "a", 1, ""));
        JsonObject now = content(metric("perplexity", "a", 0, ""), metric("kl", "a", 1, ""));
        assertThat(ContentChanges.between(before, now)).containsExactly("order of the methods changed");
    }

    @Test
    void findsNothingInTheSameContent() {
        JsonObject same = content(metric("kl", "a", 0, ""));
        assertThat(ContentChanges.between(same, same.deepCopy())).isEmpty();
    }

    @Test
    void showsShortValuesAndNoDigestsOrLists() {
        assertThat(between("{settings:{calibration:{length:256},ignore:[]},files:{on:'aa'},inputs:['a','b'],seed:3}",
                "{settings:{calibration:{length:32},ignore:['blocks.0.*','blocks.1.*','gate']},files:{on:'bb'},"
                        + "inputs:['a','c'],seed:4}"))
                .containsExactlyInAnyOrder("calibration.length changed from 256 to 32", "ignore changed",
                        "files.on changed", "inputs changed", "seed changed from 3 to 4");
    }

    @Test
    void putsOnALineWhatFits() {
        assertThat(CacheReasons.line(List.of("metric kl added", "seed changed from 3 to 4")))
                .isEqualTo("metric kl added, seed changed from 3 to 4");
        String many = CacheReasons.line(Collections.nCopies(30, "perplexity.windows changed from 40 to 20"));
        assertThat(many).isEqualTo("perplexity.windows changed from 40 to 20, "
                + "perplexity.windows changed from 40 to 20, and 28 more");
        assertThat(CacheReasons.line(List.of("x".repeat(300)))).hasSize(100).endsWith("...");
        assertThat(CacheReasons.line(List.of("x".repeat(300), "y"))).hasSize(100).endsWith("...");
    }
}
