package lathe.serve.template;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Something that has a value. */
sealed interface Expression {
    /** A value that stands there. */
    record Literal(Object value) implements Expression {}

    /** A variable. */
    record Name(String name) implements Expression {}

    /** {@code [a, b]} and {@code (a, b)}. */
    record Items(List<Expression> items) implements Expression {}

    /** {@code {a: b}}. */
    record Pairs(List<Expression> keys, List<Expression> values) implements Expression {}

    /** {@code a.b}. */
    record Attribute(Expression of, String name) implements Expression {}

    /** {@code a[b]}. */
    record Item(Expression of, Expression key) implements Expression {}

    /** {@code a[b:c:d]}. */
    record Slice(Expression of, Optional<Expression> from, Optional<Expression> to, Optional<Expression> step)
            implements
                Expression {}

    /** {@code a(b, c=d)}. */
    record Call(Expression of, Arguments arguments) implements Expression {}

    /** {@code a|name(b)}. */
    record Filter(Expression of, String name, Arguments arguments) implements Expression {}

    /** {@code a is name(b)}. */
    record Check(Expression of, String name, Arguments arguments, boolean negated) implements Expression {}

    /** {@code -a}, {@code +a}, {@code not a}. */
    record Unary(String operator, Expression of) implements Expression {}

    /** {@code a + b} and all that are computed of two values. */
    record Binary(String operator, Expression left, Expression right) implements Expression {}

    /** {@code a < b <= c}. */
    record Comparison(Expression first, List<String> operators, List<Expression> others) implements Expression {}

    /** {@code a if b else c}. */
    record Conditional(Expression condition, Expression yes, Optional<Expression> no) implements Expression {}

    /** What a call is given. */
    record Arguments(List<Expression> places, Map<String, Expression> named) {
        static final Arguments NONE = new Arguments(List.of(), Map.of());
    }
}
