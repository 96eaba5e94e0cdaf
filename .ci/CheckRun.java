import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Looks at the newest run of the quickstart as a careful reader would: the report is there, every number is a number, the
 * dense model is as good as other software says, compressed ones are smaller and no better than a miracle.
 */
final class CheckRun {
    /** What transformers computes for the dense model on the same 40 windows of 512 tokens. */
    private static final double DENSE_PERPLEXITY = 53.9069;
    private static final double TOLERANCE = 0.005;
    private static final double LARGEST_PERPLEXITY = 1000;

    private final List<String> problems = new ArrayList<>();

    public static void main(String[] arguments) throws IOException {
        CheckRun check = new CheckRun();
        check.run(newest(Path.of(arguments[0])));
        check.problems.forEach(problem -> System.out.println("WRONG: " + problem));
        System.exit(check.problems.isEmpty() ? 0 : 1);
    }

    private static Path newest(Path runs) throws IOException {
        try (Stream<Path> folders = Files.list(runs)) {
            return folders.filter(folder -> Files.exists(folder.resolve("results.csv")))
                    .max(Comparator.comparing(folder -> folder.getFileName().toString()))
                    .orElseThrow(() -> new IOException("no run with results.csv in " + runs));
        }
    }

    private void run(Path run) throws IOException {
        System.out.println("checking " + run);
        for (String file : List.of("resolved.conf", "lineage.json", "results.json", "results.csv", "report.html")) {
            expect(Files.exists(run.resolve(file)) && Files.size(run.resolve(file)) > 0, file + " is missing or empty");
        }
        String report = Files.readString(run.resolve("report.html"));
        expect(report.contains("</html>"), "report.html does not end");
        expect(!report.matches("(?s).*<(script|link|img)[^>]+(src|href)=\"https?:.*"), "report.html loads from elsewhere");

        List<Map<String, String>> rows = rows(run.resolve("results.csv"));
        List<Map<String, String>> perplexities = of(rows, "perplexity");
        expect(perplexities.size() >= 6, "only " + perplexities.size() + " perplexities");
        for (Map<String, String> row : perplexities) {
            double value = Double.parseDouble(row.get("value"));
            expect(value > 1 && value < LARGEST_PERPLEXITY, row.get("subject") + " has perplexity " + value);
        }
        checkDense(perplexities);
        checkBytes(of(rows, "bytes"));
        for (Map<String, String> row : of(rows, "decode-speed")) {
            expect(Double.parseDouble(row.get("value")) > 0, row.get("subject") + " generates nothing");
        }
        for (Map<String, String> row : rows) {
            expect(Double.isFinite(Double.parseDouble(row.get("value"))), "not a finite number: " + row);
        }
        System.out.println(rows.size() + " results, " + perplexities.size() + " perplexities, " + problems.size()
                + " problems");
    }

    private void checkDense(List<Map<String, String>> perplexities) {
        double dense = perplexities.stream()
                .filter(row -> row.get("subject").equals("dense") && row.get("protocol").equals("windowed-512"))
                .mapToDouble(row -> Double.parseDouble(row.get("value")))
                .findFirst()
                .orElse(Double.NaN);
        boolean equal = Math.abs(dense / DENSE_PERPLEXITY - 1) <= TOLERANCE;
        expect(equal, "the dense model has perplexity " + dense + ", and transformers finds " + DENSE_PERPLEXITY);
    }

    private void checkBytes(List<Map<String, String>> bytes) {
        Map<String, Double> stored = bytes.stream()
                .collect(Collectors.toMap(row -> row.get("subject"), row -> Double.parseDouble(row.get("value")), Math::min));
        Double dense = stored.get("dense");
        expect(dense != null, "the bytes of the dense model are missing");
        stored.forEach((subject, value) -> {
            expect(value > 0, subject + " stores " + value + " bytes");
            boolean larger = dense != null && value > dense;
            expect(!larger, subject + " stores more bytes than the dense model: " + value);
        });
    }

    private static List<Map<String, String>> of(List<Map<String, String>> rows, String metric) {
        return rows.stream().filter(row -> row.get("metric").equals(metric)).toList();
    }

    /** The rows of a CSV file whose fields hold no line breaks. */
    private static List<Map<String, String>> rows(Path file) throws IOException {
        List<String> lines = Files.readAllLines(file);
        List<String> names = fields(lines.get(0));
        return lines.stream()
                .skip(1)
                .map(CheckRun::fields)
                .map(fields -> IntStream.range(0, names.size()).boxed().collect(Collectors.toMap(names::get, fields::get)))
                .toList();
    }

    private static List<String> fields(String line) {
        List<String> fields = new ArrayList<>();
        StringBuilder field = new StringBuilder();
        boolean quoted = false;
        for (char c : line.toCharArray()) {
            if (c == '"') {
                quoted = !quoted;
            } else if (c == ',' && !quoted) {
                fields.add(field.toString());
                field.setLength(0);
            } else {
                field.append(c);
            }
        }
        fields.add(field.toString());
        return fields;
    }

    private void expect(boolean holds, String otherwise) {
        if (!holds) {
            problems.add(otherwise);
        }
    }
}
