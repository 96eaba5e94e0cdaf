package lathe.runtime.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;

import org.junit.jupiter.api.Test;

class NearestNamesTest {
    private static final List<String> KNOWN = List.of("wanda", "magnitude", "streaming-llm", "h2o", "rtn");

    @Test
    void countsInsertedDeletedReplacedAndSwappedLettersAsOneEditEach() {
        assertThat(NearestNames.distance("wanda", "wandas")).isEqualTo(1);
        assertThat(NearestNames.distance("wanda", "wana")).isEqualTo(1);
        assertThat(NearestNames.distance("wanda", "vanda")).isEqualTo(1);
        assertThat(NearestNames.distance("wanda", "wadna")).isEqualTo(1);
        assertThat(NearestNames.distance("wanda", "WANDA")).isZero();
        assertThat(NearestNames.distance("", "rtn")).isEqualTo(3);
    }

    @Test
    void putsTheClosestNameFirst() {
        assertThat(NearestNames.of("rtm", KNOWN)).first().isEqualTo("rtn");
        assertThat(NearestNames.of("streaming", KNOWN)).containsExactly("streaming-llm");
    }

    @Test
    void saysNothingWhenNoNameIsSimilar() {
        assertThat(NearestNames.of("quantization", KNOWN)).isEmpty();
        assertThat(NearestNames.hint("quantization", KNOWN)).isEmpty();
        assertThat(NearestNames.hint("wnada", KNOWN)).isEqualTo(" Did you mean wanda?");
    }
}
