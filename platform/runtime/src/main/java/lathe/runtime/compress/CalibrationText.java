package lathe.runtime.compress;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import lathe.models.text.TextFiles;
import lathe.models.tokenizer.Tokenizer;
import lathe.runtime.config.Places;
import lathe.spi.LatheException;

/** Texts as tokens. */
public final class CalibrationText {
    private CalibrationText() {}

    /**
     * Reads a whole text file; documents of JSON lines or Parquet become one text.
     *
     * @param file a file in UTF-8, or in Parquet
     * @return its text
     */
    public static String read(Path file) {
        if (TextFiles.isCollection(file)) {
            return TextFiles.text(file);
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(Files.readAllBytes(file))).toString();
        } catch (CharacterCodingException failure) {
            throw new LatheException(Places.shown(file) + " is not text in UTF-8.", failure);
        } catch (IOException failure) {
            throw new LatheException(Places.shown(file) + " cannot be read: " + failure.getMessage() + ".", failure);
        }
    }

    /**
     * Cuts a text into sequences that follow one another.
     *
     * @param file      a text file, tokenised as a whole without special tokens
     * @param tokenizer of the model
     * @param sequences how many
     * @param length    tokens of each
     * @param skip      tokens left out before the first
     * @return the sequences
     * @throws LatheException if the text is too short
     */
    public static List<int[]> sequences(Path file, Tokenizer tokenizer, int sequences, int length, int skip) {
        return sequences(tokenizer.encodePlain(read(file)), Places.shown(file), sequences, length, skip);
    }

    /**
     * Cuts tokens into sequences that follow one another.
     *
     * @param tokens    of the whole text
     * @param name      of the text, for messages
     * @param sequences how many
     * @param length    tokens of each
     * @param skip      tokens left out before the first
     * @return the sequences
     * @throws LatheException if the text is too short
     */
    public static List<int[]> sequences(int[] tokens, String name, int sequences, int length, int skip) {
        long needed = skip + (long) sequences * length;
        if (tokens.length < needed) {
            throw new LatheException("The calibration text " + name + " has " + tokens.length
                    + " tokens, but " + needed + " are needed (" + sequences + " sequences of " + length
                    + (skip > 0 ? " after " + skip : "") + "): use a longer text, or fewer or shorter sequences.");
        }
        List<int[]> cut = new ArrayList<>();
        for (int i = 0; i < sequences; i++) {
            int from = skip + i * length;
            cut.add(Arrays.copyOfRange(tokens, from, from + length));
        }
        return cut;
    }
}
