package lathe.launcher.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalTime;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import lathe.launcher.ExitCode;
import lathe.launcher.Platforms;

/** What {@code lathe serve} says before it listens, and that it listens. */
class ServeCommandTest {
    private static final Path TINY = Path.of(System.getProperty("lathe.root", "../.."),
            "experiments/models/lathe-tiny");
    private static final Platforms NO_PLUGINS = work -> {
        throw new AssertionError("No plugin is needed here.");
    };

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int lathe(Writer output, String... arguments) {
        return LatheCommand.execute(NO_PLUGINS, new PrintWriter(output, true), new PrintWriter(err, true), arguments);
    }

    private void assertRefused(String part, String... arguments) {
        assertThat(lathe(out, arguments)).isEqualTo(ExitCode.WRONG_INPUT);
        assertThat(err.toString()).contains(part).doesNotContain("bug");
    }

    @Test
    void opensToOtherMachinesOnlyWithAKey() {
        assertRefused("needs a key", "serve", TINY.toString(), "--host", "0.0.0.0");
    }

    @Test
    void saysWhichOptionIsWrong() {
        assertRefused("that may wait is -1; it must be 1 or more", "serve", TINY.toString(), "--queue", "-1");
        assertRefused("computed together is 0; it must be 1 or more", "serve", TINY.toString(), "--concurrent", "0");
    }

    @Test
    void saysThatThereIsNoSuchModel() {
        assertRefused("no model of that name comes with Lathe", "serve", "no-such-model");
    }

    @Test
    void wantsANodeOfAnExperimentAndOfNothingElse(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("x.conf"), "graph {}");
        assertRefused("--node", "serve", file.toString());
        assertRefused("for an experiment file alone", "generate", folder.toString(), "--node", "a");
        assertRefused("leave --cache", "serve", file.toString(), "--node", "a", "--cache", "h2o");
    }

    @Test
    void answersUntilItIsInterrupted() throws Exception {
        Assumptions.assumeTrue(Files.isDirectory(TINY), "experiments/models/lathe-tiny is there");
        CompletableFuture<Integer> port = new CompletableFuture<>();
        Writer heard = new StringWriter() {
            @Override
            public void flush() {
                Matcher place = Pattern.compile("127\\.0\\.0\\.1:(\\d+)/v1").matcher(toString());
                if (place.find()) {
                    port.complete(Integer.parseInt(place.group(1)));
                }
            }
        };
        CompletableFuture<Integer> code = new CompletableFuture<>();
        Thread serving = Thread.ofPlatform().start(
                () -> code.complete(lathe(heard, "serve", TINY.toString(), "--port", "0", "--name", "mine")));
        try (HttpClient client = HttpClient.newHttpClient()) {
            URI models = URI.create("http://127.0.0.1:" + port.get(60, TimeUnit.SECONDS) + "/v1/models");
            assertThat(client.send(HttpRequest.newBuilder(models).build(), HttpResponse.BodyHandlers.ofString()).body())
                    .contains("\"id\":\"mine\"");
        }
        serving.interrupt();
        assertThat(code.get(60, TimeUnit.SECONDS)).isEqualTo(ExitCode.DONE);
        assertThat(err.toString()).contains("GET /v1/models 200");
    }

    @Test
    void everyLineOfTheLogBeginsWithATimeInSeconds() {
        assertThat(ServeCommand.stamped(LocalTime.of(18, 42, 0, 5), "GET")).isEqualTo("18:42:00 GET");
    }
}
