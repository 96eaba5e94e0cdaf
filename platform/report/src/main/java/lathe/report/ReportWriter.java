package lathe.report;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import lathe.spi.LatheException;

/**
 * Writes {@code results.json}, {@code results.csv} and {@code report.html} into a run folder.
 */
public final class ReportWriter {
    /** Name of the page in a run folder. */
    public static final String PAGE = "report.html";

    /**
     * Writes the three files. Each appears whole or not at all; those of an earlier run are replaced.
     *
     * @param report what to write
     * @param folder the run folder; made when it is not there
     * @throws LatheException when the folder cannot be written to
     */
    public void write(RunReport report, Path folder) {
        requireNonNull(report, "report is null");
        requireNonNull(folder, "folder is null");
        String json = ResultsFile.write(report);
        String csv = ResultsCsv.write(report.results());
        String page = new ReportPage().render(report);
        try {
            Files.createDirectories(folder);
            try (StagedFiles files = new StagedFiles(folder)) {
                files.write(ResultsFile.NAME, json);
                files.write(ResultsCsv.NAME, csv);
                files.write(PAGE, page);
                files.publish();
            }
        } catch (IOException e) {
            throw new LatheException("The report cannot be written into " + folder.toAbsolutePath() + ": "
                    + reason(e) + ". Name a folder that can be written to and has space left.", e);
        }
    }

    private static String reason(IOException e) {
        return e.getClass().getSimpleName().replace("Exception", "") + " (" + e.getMessage() + ")";
    }
}
