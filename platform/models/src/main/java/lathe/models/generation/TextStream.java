package lathe.models.generation;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

import lathe.models.tokenizer.DecodeStream;
import lathe.models.tokenizer.Tokenizer;

/**
 * Text of one sequence while it is generated. What could be the beginning of a stop sequence is held back until it is
 * certain; a stop sequence and what follows it is never put out.
 */
public final class TextStream {
    private final DecodeStream stream;
    private final List<String> stops;
    private final Consumer<String> output;
    private final StringBuilder held = new StringBuilder();
    private Optional<String> stoppedBy = Optional.empty();
    private int characters;

    /**
     * @param tokenizer the model's
     * @param stops     texts that end the output, none empty
     * @param output    takes certain pieces of text
     */
    public TextStream(Tokenizer tokenizer, List<String> stops, Consumer<String> output) {
        this(tokenizer, new int[0], stops, output);
    }

    /**
     * @param tokenizer the model's
     * @param prompt    tokens before the first one that is taken; some tokenizers write a word's space only after others
     * @param stops     texts that end the output, none empty
     * @param output    takes certain pieces of text
     */
    public TextStream(Tokenizer tokenizer, int[] prompt, List<String> stops, Consumer<String> output) {
        this.stream = tokenizer.stream(prompt, true);
        this.stops = List.copyOf(stops);
        this.output = requireNonNull(output, "output is null");
        if (this.stops.stream().anyMatch(String::isEmpty)) {
            throw new lathe.spi.LatheException("A stop sequence needs at least one character.");
        }
    }

    /**
     * Takes a token.
     *
     * @param token the next one
     * @return false once a stop sequence is complete
     */
    public boolean take(int token) {
        stream.next(token).ifPresent(this::add);
        return stoppedBy.isEmpty();
    }

    /** Puts out what was held back; to be called once the sequence has ended. */
    public void finish() {
        if (stoppedBy.isEmpty()) {
            add(stream.finish());
        }
        if (stoppedBy.isEmpty() && !held.isEmpty()) {
            output.accept(held.toString());
            held.setLength(0);
        }
    }

    /**
     * The stop sequence that ended the text.
     *
     * @return nothing as long as none came
     */
    public Optional<String> stoppedBy() {
        return stoppedBy;
    }

    /**
     * Length of the text so far, with what is held back and what follows a stop sequence.
     *
     * @return Unicode characters (code points)
     */
    public int characters() {
        return characters;
    }

    private void add(String text) {
        characters += text.codePointCount(0, text.length());
        held.append(text);
        int first = -1;
        for (String stop : stops) {
            int at = held.indexOf(stop);
            if (at >= 0 && (first < 0 || at < first)) {
                first = at;
                stoppedBy = Optional.of(stop);
            }
        }
        int certain = first >= 0 ? first : held.length() - longestBeginning();
        if (certain > 0) {
            output.accept(held.substring(0, certain));
            held.delete(0, certain);
        }
    }

    /** Characters at the end that could be the beginning of a stop sequence. */
    private int longestBeginning() {
        int longest = 0;
        for (String stop : stops) {
            for (int size = Math.min(stop.length() - 1, held.length()); size > longest; size--) {
                if (held.substring(held.length() - size).equals(stop.substring(0, size))) {
                    longest = size;
                    break;
                }
            }
        }
        return longest;
    }
}
