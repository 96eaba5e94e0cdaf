package lathe.serve.template;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Map;

import lathe.spi.LatheException;

/** A template that was read and can be rendered again and again, by several threads. */
public final class Template {
    private static final int LONGEST = 1_000_000;

    private final List<Statement> statements;

    private Template(List<Statement> statements) {
        this.statements = statements;
    }

    /**
     * Reads a template.
     *
     * @param source its text
     * @return the template
     * @throws LatheException if it is broken, or uses what is not there; the sentence names the line
     */
    public static Template parse(String source) {
        requireNonNull(source, "source is null");
        if (source.length() > LONGEST) {
            throw new LatheException("The chat template has " + source.length() + " characters; more than " + LONGEST
                    + " are not read.");
        }
        return new Template(Parser.parse(source));
    }

    /**
     * Renders it.
     *
     * @param variables null, Boolean, Long, Double, String, lists and maps of them
     * @return the text
     * @throws LatheException if the template refuses its variables, or cannot be rendered with them
     */
    public String render(Map<String, Object> variables) {
        try {
            return new Renderer().render(statements, variables);
        } catch (ArithmeticException | ClassCastException | IndexOutOfBoundsException | NullPointerException wrong) {
            throw TemplateException.rendering(String.valueOf(wrong.getMessage()));
        }
    }
}
