package lathe.launcher.command;

import static java.util.Objects.requireNonNull;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

import lathe.models.generation.Generation;
import lathe.models.generation.GenerationRequest;
import lathe.models.generation.Generator;
import lathe.models.generation.TextStream;
import lathe.models.tokenizer.Tokenizer;
import lathe.models.transformer.RunnableModel;
import lathe.models.transformer.ServingPlan;
import lathe.runtime.run.LentModel;
import lathe.spi.LatheException;

/** Continues a text, which is printed as it comes, then the speed. */
final class ContinuedText {
    private final GenerateArguments arguments;
    private final String prompt;
    private final PrintWriter out;
    private final PrintWriter err;

    ContinuedText(GenerateArguments arguments, PrintWriter out, PrintWriter err) {
        this.arguments = requireNonNull(arguments, "arguments is null");
        // Before the model is opened, which takes long: a file that is not there is told of at once.
        this.prompt = arguments.prompt().read(System.in);
        this.out = requireNonNull(out, "out is null");
        this.err = requireNonNull(err, "err is null");
    }

    void print(LentModel lent) {
        Tokenizer tokenizer = lent.tokenizer();
        int[] ids = tokenizer.encode(prompt);
        requireRoom(lent.model(), ids.length);
        TextStream text = new TextStream(tokenizer, ids, arguments.stops(), piece -> {
            out.print(piece);
            out.flush();
        });
        GenerationRequest request = new GenerationRequest(ids, arguments.tokens(), arguments.sampling(),
                tokenizer.special().ends(), 0);
        out.print(prompt);
        Generation done = new Generator(lent.model(), lent.scope())
                .generate(List.of(request), (sequence, token) -> text.take(token))
                .getFirst();
        text.finish();
        out.println();
        out.flush();
        err.println(String.format(
                Locale.ROOT,
                "%d tokens after a prompt of %d: prompt %.2f s, then %.1f tokens/s; cache %.1f MiB",
                done.tokens().length,
                request.prompt().length,
                done.promptSeconds(),
                done.tokensPerSecond(),
                done.cacheBytes() / 1048576.0));
    }

    /** A model goes on beyond the positions it was made for, and what comes of it looks like a broken model. */
    private void requireRoom(RunnableModel model, int length) {
        int most = model.info().contextLength();
        if (length > most && model.plan().cache() instanceof ServingPlan.Cache.Full) {
            throw new LatheException("The context length of the model " + model.info().name() + " is " + most
                    + " tokens, and the prompt has " + length + "; give a shorter one.");
        }
        // Learned positions end there; the engine refuses what needs more.
        boolean refused = model.info().features().contains("learned-positions");
        if ((long) length + arguments.tokens() > most && !refused) {
            err.println("A prompt of " + length + " tokens with " + arguments.tokens() + " new ones is longer than the "
                    + most + " positions that the model " + model.info().name()
                    + " was made for; what comes beyond them may make no sense.");
            err.flush();
        }
    }
}
