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
import lathe.runtime.run.LentModel;

/** Continues a text, which is printed as it comes, then the speed. */
final class ContinuedText {
    private final GenerateArguments arguments;
    private final PrintWriter out;
    private final PrintWriter err;

    ContinuedText(GenerateArguments arguments, PrintWriter out, PrintWriter err) {
        this.arguments = requireNonNull(arguments, "arguments is null");
        this.out = requireNonNull(out, "out is null");
        this.err = requireNonNull(err, "err is null");
    }

    void print(LentModel lent) {
        Tokenizer tokenizer = lent.tokenizer();
        int[] ids = tokenizer.encode(arguments.prompt());
        TextStream text = new TextStream(tokenizer, ids, arguments.stops(), piece -> {
            out.print(piece);
            out.flush();
        });
        GenerationRequest request = new GenerationRequest(ids, arguments.tokens(), arguments.sampling(),
                tokenizer.special().ends(), 0);
        out.print(arguments.prompt());
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
}
