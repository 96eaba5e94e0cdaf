package lathe.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.samskivert.mustache.Mustache;
import com.samskivert.mustache.Template;

/**
 * Renders {@code report.html}: one file that needs no network. Values get into it in two ways only: through the
 * template, which escapes them, and as JSON in which {@code <} and its like are written as escapes. A content security
 * policy names the two scripts by their digests and allows nothing else to run or to be loaded.
 */
final class ReportPage {
    private static final String CHART_SCRIPT = "echarts/echarts.min.js";

    /** HTML-safe on purpose: the text stands inside a script element. */
    private final Gson json = new GsonBuilder().create();

    /**
     * @param report the run
     * @return the page
     */
    String render(RunReport report) {
        PageView view = new PageViewBuilder(report).build();
        String chartScript = resource(CHART_SCRIPT);
        String script = resource("report.js");
        Frame frame = new Frame(policy(chartScript, script), resource("report.css"), json.toJson(view.models()),
                chartScript, script);
        StringWriter page = new StringWriter();
        template().execute(view, frame, page);
        return page.toString();
    }

    /**
     * What stands around the contents.
     *
     * @param policy      the content security policy
     * @param style       the style sheet
     * @param chartData   the charts as JSON
     * @param chartScript the chart library
     * @param script      the page's own script
     */
    private record Frame(String policy, String style, String chartData, String chartScript, String script) {}

    private static Template template() {
        return Mustache.compiler().escapeHTML(true).emptyStringIsFalse(true).nullValue("")
                .compile(new StringReader(resource("report.mustache")));
    }

    private static String policy(String... scripts) {
        StringBuilder sources = new StringBuilder();
        for (String script : scripts) {
            sources.append(" 'sha256-").append(digest(script)).append('\'');
        }
        return "default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src" + sources;
    }

    private static String digest(String script) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(script.getBytes(StandardCharsets.UTF_8));
            return Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256", e);
        }
    }

    /** Text with line feeds only: browsers digest scripts after turning other line ends into these. */
    private static String resource(String name) {
        try (InputStream in = ReportPage.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("The resource lathe/report/" + name + " is not in the jar");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).replace("\r\n", "\n");
        } catch (IOException e) {
            throw new UncheckedIOException("The resource lathe/report/" + name + " cannot be read", e);
        }
    }
}
