package lathe.models.checkpoint;

import java.io.FilterReader;
import java.io.IOException;
import java.io.Reader;

import com.google.gson.stream.MalformedJsonException;

/**
 * JSON text on its way to the parser, which collects a text in quotes whole before it hands it over: one that is too
 * long is stopped here.
 */
final class BoundedText extends FilterReader {
    /** How the message of the exception begins. */
    static final String TOO_LONG = "Text too long";
    private static final int LONGEST = 8_000_000;

    private int sinceQuote;
    private boolean escaped;

    BoundedText(Reader source) {
        super(source);
    }

    @Override
    public int read(char[] target, int from, int count) throws IOException {
        int got = super.read(target, from, count);
        for (int i = from; i < from + got; i++) {
            char c = target[i];
            sinceQuote = c == '"' && !escaped ? 0 : sinceQuote + 1;
            escaped = c == '\\' && !escaped;
        }
        if (sinceQuote > LONGEST) {
            throw new MalformedJsonException(TOO_LONG);
        }
        return got;
    }

    @Override
    public int read() throws IOException {
        char[] one = new char[1];
        return read(one, 0, 1) < 0 ? -1 : one[0];
    }
}
