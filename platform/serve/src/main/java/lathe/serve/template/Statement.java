package lathe.serve.template;

import java.util.List;
import java.util.Optional;

/** Something that is done. */
sealed interface Statement {
    /** Puts out a text. */
    record Text(String text) implements Statement {}

    /** Puts out a value. */
    record Print(Expression value) implements Statement {}

    /** Does one thing or another. */
    record If(Expression condition, List<Statement> yes, List<Statement> no) implements Statement {}

    /** Does something for each of several values. */
    record For(List<String> names, Expression values, Optional<Expression> condition, List<Statement> body,
            List<Statement> otherwise) implements Statement {}

    /** Gives names to values. */
    record Set(List<String> names, Expression value) implements Statement {}

    /** Changes a value of a namespace. */
    record SetAttribute(String namespace, String name, Expression value) implements Statement {}

    /** Gives a name to what is put out inside. */
    record SetBlock(String name, List<Statement> body) implements Statement {}

    /** Puts out what filters make of what is put out inside, which they find under a name of its own. */
    record FilterBlock(Expression filtered, List<Statement> body) implements Statement {
        /** No template can spell it. */
        static final String INSIDE = "the inside of a filter block";
    }

    /** Gives a name to something that can be called. */
    record Macro(String name, List<String> parameters, List<Optional<Expression>> defaults, List<Statement> body)
            implements
                Statement {}

    /** Something that changes nothing around it, such as the mark of an assistant's own text. */
    record Group(List<Statement> body) implements Statement {}

    /** Ends a loop. */
    record Break() implements Statement {}

    /** Goes on with a loop's next value. */
    record Continue() implements Statement {}
}
