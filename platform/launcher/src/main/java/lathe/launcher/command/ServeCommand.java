package lathe.launcher.command;

import java.io.PrintWriter;
import java.time.LocalTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import lathe.launcher.Platforms;
import lathe.runtime.run.LentModel;
import lathe.serve.LatheServer;
import lathe.serve.Limits;
import lathe.serve.ServedModel;
import lathe.serve.ServerOptions;

/** {@code lathe serve MODEL}: a model behind OpenAI's HTTP interface. */
@Command(name = "serve", description = {
    "Answer OpenAI's requests with a model: /v1/completions, /v1/chat/completions, /v1/models.",
    "Clients and lm-evaluation-harness (local-completions) can judge any plan that way. Ctrl-C stops it."
})
final class ServeCommand implements Runnable {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss");

    private final Platforms platforms;

    @Spec
    private CommandSpec spec;

    @Mixin
    private ModelOptions model;

    @Option(names = "--name", paramLabel = "NAME", description = "How clients call the model (default: the folder's name, or experiment/node).")
    private String name;

    @Option(names = "--host", paramLabel = "HOST", description = "Where to listen; anything but this machine itself needs a key (default: ${DEFAULT-VALUE}).")
    private String host = "127.0.0.1";

    @Option(names = "--port", paramLabel = "PORT", description = "The port; 0 takes one that is free (default: ${DEFAULT-VALUE}).")
    private int port = 8000;

    @Option(names = "--key", paramLabel = "KEY", description = "What clients must bring as 'Authorization: Bearer KEY' (default: the variable LATHE_SERVE_KEY; others can see a command line, not a variable).")
    private String key;

    @Option(names = "--concurrent", paramLabel = "N", description = "Texts that are computed together (default: ${DEFAULT-VALUE}).")
    private int concurrent = Limits.USUAL.concurrent();

    @Option(names = "--queue", paramLabel = "N", description = "Texts that may wait; what comes beyond is told to come again (default: ${DEFAULT-VALUE}).")
    private int queue = Limits.USUAL.waiting();

    ServeCommand(Platforms platforms) {
        this.platforms = platforms;
    }

    @Override
    public void run() {
        Limits limits = new Limits(concurrent, queue, Math.min(queue, Limits.USUAL.choices()),
                Limits.USUAL.bodyBytes());
        Optional<String> secret = Optional.ofNullable(key).or(
                () -> Optional.ofNullable(System.getenv("LATHE_SERVE_KEY")).filter(text -> !text.isBlank()));
        ServerOptions options = new ServerOptions(host, port, secret, limits);
        // Before a model is loaded, perhaps for minutes: whether it may listen there at all.
        options.requireAllowed();
        model.use(platforms, spec, lent -> serve(lent, options));
    }

    private void serve(LentModel lent, ServerOptions options) {
        PrintWriter out = spec.commandLine().getOut();
        ServedModel served = ServedModel.of(name == null ? model.name() : name, lent.model(), lent.tokenizer(),
                lent.folder(), lent.scope());
        try (Interruption interruption = new Interruption(Thread.currentThread(), "The last step takes long.");
                LatheServer server = LatheServer.start(served, options, this::log)) {
            out.println("Serving " + served.name() + " at http://" + options.host() + ":" + server.port()
                    + "/v1; Ctrl-C stops it.");
            out.flush();
            waitForInterrupt();
        }
    }

    private void log(String line) {
        PrintWriter err = spec.commandLine().getErr();
        err.println(stamped(LocalTime.now(), line));
        err.flush();
    }

    /** With its seconds also where they are none, so that lines stay below each other. */
    static String stamped(LocalTime time, String line) {
        return TIME.format(time) + " " + line;
    }

    private static void waitForInterrupt() {
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException stop) {
            // Ctrl-C: the server is closed on the way out.
        }
    }
}
