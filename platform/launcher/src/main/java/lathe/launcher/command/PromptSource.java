package lathe.launcher.command;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

import lathe.spi.LatheException;

/** Where the text comes from that is continued. */
sealed interface PromptSource {
    /** Stands for standard input where a file is asked for. */
    Path STANDARD_INPUT = Path.of("-");

    /**
     * Reads the text.
     *
     * @param input standard input
     * @return the text
     * @throws LatheException if it cannot be read
     */
    String read(InputStream input);

    /** A file, or standard input if it is named so. */
    static PromptSource of(Path file) {
        return file.equals(STANDARD_INPUT) ? new StandardInput() : new TextFile(file);
    }

    /** The command line itself. */
    record Text(String text) implements PromptSource {
        /** Checks that it is there. */
        public Text {
            requireNonNull(text, "text is null");
        }

        @Override
        public String read(InputStream input) {
            return text;
        }
    }

    /** A file. */
    record TextFile(Path file) implements PromptSource {
        /** Checks that it is there. */
        public TextFile {
            requireNonNull(file, "file is null");
        }

        @Override
        public String read(InputStream input) {
            try (InputStream own = Files.newInputStream(file)) {
                return text(own, "The file " + file);
            } catch (NoSuchFileException missing) {
                throw new LatheException("There is no file " + file.toAbsolutePath() + " to read a prompt from.",
                        missing);
            } catch (IOException failure) {
                throw new LatheException("The file " + file.toAbsolutePath() + " cannot be read: " + failure + ".",
                        failure);
            }
        }
    }

    /** What is piped in. */
    record StandardInput() implements PromptSource {
        @Override
        public String read(InputStream input) {
            return text(input, "Standard input");
        }
    }

    /** Without the newline that ends every file of text, and that the model would take for the end of a line. */
    private static String text(InputStream from, String name) {
        int most = 64 << 20;
        try {
            byte[] bytes = from.readNBytes(most + 1);
            if (bytes.length > most) {
                throw new LatheException(name + " holds more than the " + most + " bytes that a prompt may have.");
            }
            String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
            return text.endsWith("\n") ? text.substring(0, text.length() - (text.endsWith("\r\n") ? 2 : 1)) : text;
        } catch (CharacterCodingException invalid) {
            throw new LatheException(name + " is no text in UTF-8.", invalid);
        } catch (IOException failure) {
            throw new LatheException(name + " cannot be read: " + failure.getMessage() + ".", failure);
        }
    }
}
