package lathe.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import lathe.spi.LatheException;

class ReportWriterTest {
    @TempDir
    Path folder;

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void leavesThreeFilesAndNothingElse() throws IOException {
        Path run = folder.resolve("runs/quickstart/1");
        new ReportWriter().write(SampleRuns.quickstart(), run);
        assertThat(names(run)).containsExactly("report.html", "results.csv", "results.json");
        assertThat(ResultsFile.read(run)).isEqualTo(SampleRuns.quickstart());
    }

    @Test
    void replacesAnEarlierReport() throws IOException {
        new ReportWriter().write(SampleRuns.quickstart(), folder);
        new ReportWriter().write(SampleRuns.failed(), folder);
        assertThat(names(folder)).hasSize(3);
        assertThat(ResultsFile.read(folder)).isEqualTo(SampleRuns.failed());
        assertThat(Files.readString(folder.resolve("report.html"))).contains("1 failed");
    }

    @Test
    void saysWhichFolderCannotBeWrittenTo() throws IOException {
        Path file = Files.createFile(folder.resolve("taken"));
        assertThatThrownBy(() -> new ReportWriter().write(SampleRuns.quickstart(), file))
                .isInstanceOf(LatheException.class).hasMessageContaining(file.toString());
    }

    @Test
    void leavesNoHalfWrittenFileBehindWhenRenamingFails() throws IOException {
        // A folder that is not empty stands where the page should go, so the last rename fails.
        Files.createFile(Files.createDirectories(folder.resolve("report.html")).resolve("occupied"));
        assertThatThrownBy(() -> new ReportWriter().write(SampleRuns.quickstart(), folder))
                .isInstanceOf(LatheException.class);
        assertThat(names(folder)).noneMatch(name -> name.endsWith(".tmp"));
    }
}
