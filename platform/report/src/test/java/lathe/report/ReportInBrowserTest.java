package lathe.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import javax.imageio.ImageIO;

import com.google.gson.JsonElement;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The page in a real browser. Skipped, with a word why, on machines that have none.
 */
class ReportInBrowserTest {
    private static final String NO_BROWSER = "Skipped: no chromium or google-chrome on the PATH, so the report cannot "
            + "be looked at in a browser.";
    private static final String CELLS = "Array.from(document.querySelectorAll('#comparison tbody tr'))"
            + ".map(row => row.cells[%d].dataset.v)";

    private static Chromium browser;
    @TempDir
    Path folder;

    @BeforeAll
    static void start() throws IOException {
        Optional<Path> program = Chromium.find();
        if (program.isEmpty()) {
            System.out.println(NO_BROWSER);
        }
        Assumptions.assumeTrue(program.isPresent(), NO_BROWSER);
        browser = new Chromium(program.get());
    }

    @AfterAll
    static void stop() throws IOException {
        if (browser != null) {
            browser.close();
        }
    }

    @BeforeEach
    void freshPageInDaylight() {
        browser.forget();
        browser.resize(1280, 2600);
        colours("light");
    }

    @AfterEach
    void nothingWasComplainedAboutOrFetched() {
        assertThat(browser.complaints()).isEmpty();
        assertThat(browser.requests()).isNotEmpty().allMatch(url -> url.startsWith("file:") || url.startsWith("data:"));
    }

    private void open(RunReport report) throws InterruptedException {
        new ReportWriter().write(report, folder);
        browser.open(folder.resolve("report.html"));
    }

    private static void colours(String scheme) {
        browser.call("Emulation.setEmulatedMedia",
                Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
    }

    private static BufferedImage picture(String name) throws IOException {
        byte[] png = browser.screenshot();
        Files.write(Files.createDirectories(Path.of("target", "screenshots")).resolve(name + ".png"), png);
        return ImageIO.read(new ByteArrayInputStream(png));
    }

    private static Map<Integer, Integer> histogram(BufferedImage image) {
        Map<Integer, Integer> counts = new HashMap<>();
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                counts.merge(image.getRGB(x, y) & 0xffffff, 1, Integer::sum);
            }
        }
        return counts;
    }

    private static List<String> texts(String expression) {
        List<String> texts = new ArrayList<>();
        browser.evaluate(expression).getAsJsonArray().forEach(text -> texts.add(text.getAsString()));
        return texts;
    }

    private static List<Double> numbers(int column) {
        return texts(CELLS.formatted(column)).stream().map(text -> text.isEmpty() ? Double.NaN : Double.valueOf(text))
                .toList();
    }

    private static void clickHeading(int column) {
        browser.evaluate("document.querySelectorAll('#comparison thead button')[" + column + "].click()");
    }

    private static String sorted(int column) {
        JsonElement order = browser.evaluate(
                "document.querySelectorAll('#comparison thead th')[" + column + "].getAttribute('aria-sort')");
        return order.isJsonNull() ? "" : order.getAsString();
    }

    @Test
    void showsAPictureWithContentsAndCharts() throws Exception {
        open(SampleRuns.quickstart());
        Map<Integer, Integer> counts = histogram(picture("quickstart"));
        assertThat(counts).as("colours").hasSizeGreaterThan(100);
        assertThat(counts.getOrDefault(0xb0501a, 0)).as("pixels in the accent colour of charts").isGreaterThan(500);
        assertThat(browser.evaluate("document.querySelectorAll('.canvas svg path').length").getAsInt())
                .isGreaterThan(50);
        assertThat(texts("Array.from(document.querySelectorAll('#chart-0 svg text')).map(text => text.textContent)"))
                .contains("dense", "rtn-4", "rtn-3", "wanda-rtn", "wanda-50");
    }

    @Test
    void drawsSweepsWithBandsAndMaps() throws Exception {
        open(SampleRuns.sweep());
        picture("sweep");
        assertThat(texts("Array.from(document.querySelectorAll('#chart-1 svg text')).map(text => text.textContent)"))
                .contains("packed (bits 3)", "dense 53.90", "sparsity");
        assertThat(browser.evaluate("document.querySelectorAll('#chart-1 svg path[fill-opacity=\"0.16\"]').length")
                .getAsInt()).as("bands").isEqualTo(4);
        assertThat(texts("Array.from(document.querySelectorAll('#chart-3 svg text')).map(text => text.textContent)"))
                .contains("63.86", "54.07");
    }

    @Test
    void showsFailuresFirst() throws Exception {
        open(SampleRuns.failed());
        picture("failed");
        assertThat(browser.evaluate("document.querySelector('main').firstElementChild.textContent").getAsString())
                .contains("pruned", "broken.conf:7");
        assertThat(browser.evaluate("document.querySelector('details.failed').open").getAsBoolean()).isTrue();
    }

    @Test
    void sortsByAClickedHeading() throws Exception {
        open(SampleRuns.quickstart());
        List<Double> before = numbers(1);
        clickHeading(1);
        assertThat(sorted(1)).isEqualTo("ascending");
        assertThat(numbers(1)).isSorted().isNotEqualTo(before).containsExactlyInAnyOrderElementsOf(before);
        clickHeading(1);
        assertThat(sorted(1)).isEqualTo("descending");
        assertThat(numbers(1)).isEqualTo(before.stream().sorted((a, b) -> Double.compare(b, a)).toList());
        clickHeading(5);
        assertThat(sorted(1)).isEmpty();
        assertThat(sorted(5)).as("more tokens a second are better, so they come first").isEqualTo("descending");
        clickHeading(0);
        assertThat(texts(CELLS.formatted(0))).isSorted();
    }

    @Test
    void keepsWhatIsMissingAtTheEndOfBothOrders() throws Exception {
        open(SampleRuns.failed());
        clickHeading(1);
        assertThat(texts(CELLS.formatted(0))).containsExactly("dense", "exploded");
        clickHeading(1);
        assertThat(texts(CELLS.formatted(0))).containsExactly("dense", "exploded");
    }

    @Test
    void opensTheNodeOfAClickedNumber() throws Exception {
        open(SampleRuns.quickstart());
        assertThat(browser.evaluate("document.getElementById('node-9').open").getAsBoolean()).isFalse();
        browser.evaluate("new Promise(done => { addEventListener('hashchange', () => setTimeout(done, 0)); "
                + "document.querySelector('#comparison td a').click(); })");
        assertThat(browser.evaluate("document.getElementById('node-9').open").getAsBoolean()).isTrue();
        assertThat(browser.evaluate("document.querySelector('#node-9 pre').textContent").getAsString())
                .contains("window = 512");
    }

    @Test
    void turnsDarkWithTheSystem() throws Exception {
        open(SampleRuns.quickstart());
        colours("dark");
        browser.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))");
        Map<Integer, Integer> counts = histogram(picture("dark"));
        assertThat(counts.getOrDefault(0x121417, 0)).as("dark ground").isGreaterThan(100_000);
        assertThat(counts.getOrDefault(0xffffff, 0)).as("white left over").isLessThan(1000);
        assertThat(counts.getOrDefault(0xec9a63, 0)).as("charts in the colour of the dark").isGreaterThan(500);
    }

    @Test
    void goesOnPaperAndComesBack() throws Exception {
        open(SampleRuns.quickstart());
        colours("dark");
        browser.resize(1280, 900);
        byte[] pdf = browser.print();
        assertThat(pdf).hasSizeGreaterThan(20_000);
        Files.write(Files.createDirectories(Path.of("target", "screenshots")).resolve("paper.pdf"), pdf);
        assertThat(browser.evaluate("document.documentElement.classList.contains('paper')").getAsBoolean()).isFalse();
        assertThat(browser.evaluate("document.querySelectorAll('details[open]').length").getAsInt()).isZero();
    }

    @Test
    void showsWhatMethodsNotedAsColouredNumbersWhoseNodeIsOpened() throws Exception {
        open(SampleRuns.noted());
        browser.evaluate("document.getElementById('node-2').open = true");
        picture("noted");
        String cells = "Array.from(document.querySelectorAll('#node-2 .note:first-child td'))";

        assertThat(texts(cells + ".map(cell => cell.textContent)")).containsExactly("0", "12.50", "25.00", "");
        assertThat(texts(cells + ".slice(0, 3).map(cell => getComputedStyle(cell).backgroundColor)"))
                .doesNotHaveDuplicates().hasSize(3);
        assertThat(texts("Array.from(document.querySelectorAll('#node-2 .note:first-child thead th'))"
                + ".map(cell => cell.textContent)")).containsExactly("block \\ weight", "q", "<b>k</b>");
        assertThat(texts("Array.from(document.querySelectorAll('#node-2 .dense td')).map(cell => cell.textContent)"))
                .as("a wide table shows colours alone").hasSize(20).containsOnly("");
        assertThat(texts("Array.from(document.querySelectorAll('#node-2 .dense td')).map(cell => cell.title)"))
                .last().isEqualTo("1.000");
        browser.resize(400, 2600);
        assertThat(browser.evaluate("document.documentElement.scrollWidth").getAsInt()).isLessThanOrEqualTo(400);
    }

    @Test
    void fitsANarrowScreen() throws Exception {
        browser.resize(400, 2600);
        open(SampleRuns.quickstart());
        picture("narrow");
        assertThat(browser.evaluate("document.documentElement.scrollWidth").getAsInt()).isLessThanOrEqualTo(400);
    }

    @Test
    void runsNothingThatANameSays() throws Exception {
        open(ReportPageTest.hostile());
        picture("hostile");
        assertThat(browser.evaluate("typeof window.hacked").getAsString()).isEqualTo("undefined");
        assertThat(browser.evaluate("document.querySelectorAll('img').length").getAsInt()).isZero();
        assertThat(browser.evaluate("document.title").getAsString()).startsWith("</script><b>x</b><img src=x");
        assertThat(browser.evaluate("document.querySelectorAll('.canvas svg').length").getAsInt()).isGreaterThan(2);
    }

    @Test
    void showsTooltipsAsPlainText() throws Exception {
        open(ReportPageTest.hostile());
        String box = browser
                .evaluate(
                        """
                                (() => {
                                  const chart = echarts.getInstanceByDom(document.getElementById('chart-0'));
                                  const series = chart.getOption().series.findIndex(one => one.type === 'scatter' || one.type === 'bar');
                                  chart.dispatchAction({ type: 'showTip', seriesIndex: series, dataIndex: 0 });
                                  const tip = document.querySelector('.tip');
                                  return tip.textContent + '|' + tip.querySelectorAll('img').length;
                                })()""")
                .getAsString();
        assertThat(box).contains("<img src=x onerror").endsWith("|0");
    }
}
