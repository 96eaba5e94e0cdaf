package lathe.serve.api;

import static java.util.Objects.requireNonNull;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

import lathe.models.generation.Generation;
import lathe.models.generation.TextStream;
import lathe.models.tokenizer.Tokenizer;
import lathe.serve.decode.JobListener;

/** One continuation on its way: its text as far as it is certain, its tokens with their probabilities. */
final class Choice implements JobListener {
    /** Hears of a continuation. Called by the thread that decodes. */
    interface Output {
        /** More of the text is certain, and with it the tokens that begin in it. */
        void piece(Choice choice, String text, List<ScoredToken> tokens);

        /** The continuation is complete; these tokens have no text of their own. */
        void done(Choice choice, List<ScoredToken> tokens);

        /** It cannot be completed. */
        void failed(Throwable failure);
    }

    private final int index;
    private final Prompt prompt;
    private final Wanted wanted;
    private final Output output;
    private final TextStream stream;
    private final StringBuilder text = new StringBuilder();
    private final List<ScoredToken> tokens = new ArrayList<>();
    private final Deque<ScoredToken> pending = new ArrayDeque<>();
    private int characters;
    private int generated;
    private boolean begun;
    private String reason = "";

    Choice(int index, Prompt prompt, Wanted wanted, Tokenizer tokenizer, Output output) {
        this.index = index;
        this.prompt = requireNonNull(prompt, "prompt is null");
        this.wanted = requireNonNull(wanted, "wanted is null");
        this.output = requireNonNull(output, "output is null");
        this.stream = new TextStream(tokenizer, prompt.ids(), wanted.stops(), this::piece);
        if (hearsPrompt()) {
            pending.add(ScoredToken.first(prompt.ids()[0], prompt.offsets()[0]));
        }
    }

    /** Whether the probabilities of the prompt's tokens are part of the answer. */
    boolean hearsPrompt() {
        return wanted.echo() && wanted.top().isPresent();
    }

    int index() {
        return index;
    }

    /** All text so far. */
    String text() {
        return text.toString();
    }

    /** All tokens so far, if their probabilities are wanted. */
    List<ScoredToken> tokens() {
        return List.copyOf(tokens);
    }

    /** New tokens so far. */
    int generated() {
        return generated;
    }

    /** Why it ended, in the words of the interface. */
    String reason() {
        return reason;
    }

    @Override
    public void prompt(int position, float[] logits) {
        int next = position + 1;
        if (next < prompt.ids().length) {
            pending.add(ScoredToken.of(logits, prompt.ids()[next], wanted.top().getAsInt(), prompt.offsets()[next]));
        }
    }

    @Override
    public boolean take(int sequence, int token) {
        throw new IllegalStateException("Tokens come with their logits.");
    }

    @Override
    public boolean take(int sequence, int token, float[] logits) {
        begin();
        score(token, logits);
        generated++;
        return stream.take(token);
    }

    @Override
    public void ended(int sequence, int token, float[] logits) {
        begin();
        score(token, logits);
    }

    @Override
    public void done(Generation generation) {
        begin();
        stream.finish();
        reason = generation.end() == Generation.End.LENGTH ? "length" : "stop";
        // What a stop sequence cut off has no place in the answer, and its tokens have none either.
        List<ScoredToken> rest = stream.stoppedBy().isPresent() ? List.of() : List.copyOf(pending);
        tokens.addAll(rest);
        output.done(this, rest);
    }

    @Override
    public void failed(Throwable failure) {
        output.failed(failure);
    }

    private void begin() {
        if (!begun && wanted.echo()) {
            piece(prompt.text());
        }
        begun = true;
    }

    private void score(int token, float[] logits) {
        if (wanted.top().isPresent()) {
            int offset = (wanted.echo() ? prompt.characters() : 0) + stream.characters();
            pending.add(ScoredToken.of(logits, token, wanted.top().getAsInt(), offset));
        }
    }

    private void piece(String piece) {
        text.append(piece);
        characters += piece.codePointCount(0, piece.length());
        List<ScoredToken> ready = new ArrayList<>();
        while (!pending.isEmpty() && pending.getFirst().offset() < characters) {
            ready.add(pending.removeFirst());
        }
        tokens.addAll(ready);
        output.piece(this, piece, ready);
    }
}
