package lathe.launcher.matrix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import lathe.spi.LatheException;

class MarkedSectionTest {
    @TempDir
    private Path folder;

    private Path file(String text) throws IOException {
        return Files.writeString(folder.resolve("README.md"), text);
    }

    @Test
    void replacesWhatStandsBetweenTheMarksAndNothingElse() throws IOException {
        Path file = file("# A\n<!-- matrix -->\nold\n<!-- /matrix -->\nrest\n");
        assertThat(MarkedSection.replace(file, "matrix", "new\n")).isTrue();
        assertThat(file).hasContent("# A\n<!-- matrix -->\nnew\n<!-- /matrix -->\nrest\n");
        assertThat(MarkedSection.replace(file, "matrix", "new\n")).isFalse();
    }

    @Test
    void saysWhichMarksAreMissing() throws IOException {
        Path file = file("# A\n<!-- /matrix -->\n<!-- matrix -->\n");
        assertThatThrownBy(() -> MarkedSection.replace(file, "matrix", "new")).isInstanceOf(LatheException.class)
                .hasMessageContaining("<!-- matrix --> and <!-- /matrix -->");
        assertThat(file).hasContent("# A\n<!-- /matrix -->\n<!-- matrix -->\n");
    }
}
