package lathe.serve.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

import lathe.serve.template.Token.Kind;

/** Reads statements. */
final class Parser {
    private final TokenReader in;
    private final ExpressionParser expressions;

    private Parser(TokenReader in) {
        this.in = in;
        this.expressions = new ExpressionParser(in);
    }

    static List<Statement> parse(String source) {
        Parser parser = new Parser(new TokenReader(Lexer.tokens(source)));
        List<Statement> statements = parser.until(Set.of());
        if (parser.in.peek().kind() != Kind.END) {
            throw parser.in.wrong("the block " + parser.in.shown() + " ends nothing");
        }
        return statements;
    }

    /** Statements up to a block with one of these names, which is left with its name as the next token. */
    private List<Statement> until(Set<String> names) {
        in.enter();
        List<Statement> statements = new ArrayList<>();
        while (in.peek().kind() != Kind.END) {
            Token token = in.next();
            switch (token.kind()) {
                case TEXT -> statements.add(new Statement.Text(token.text()));
                case PRINT_BEGIN -> {
                    statements.add(new Statement.Print(expressions.list()));
                    in.expect(Kind.PRINT_END);
                }
                default -> {
                    if (in.peek().kind() == Kind.NAME && names.contains(in.peek().text())) {
                        in.leave();
                        return statements;
                    }
                    statements.add(block());
                }
            }
        }
        if (!names.isEmpty()) {
            throw in.wrong("the block '" + names.stream().sorted().reduce((a, b) -> b).orElseThrow() + "' is missing");
        }
        in.leave();
        return statements;
    }

    private Statement block() {
        String name = in.name();
        return switch (name) {
            case "if" -> ifs();
            case "for" -> loop();
            case "set" -> set();
            case "macro" -> macro();
            case "filter" -> filter();
            case "generation" -> generation();
            case "break" -> end(new Statement.Break());
            case "continue" -> end(new Statement.Continue());
            default -> throw in.wrong("the block '" + name + "' is not known; there are if, for, set, macro, filter, "
                    + "break, continue, raw and generation");
        };
    }

    private Statement generation() {
        in.expect(Kind.BLOCK_END);
        return new Statement.Group(body("endgeneration"));
    }

    private Statement filter() {
        Expression filtered = expressions.filtersOf(new Expression.Name(Statement.FilterBlock.INSIDE));
        in.expect(Kind.BLOCK_END);
        return new Statement.FilterBlock(filtered, body("endfilter"));
    }

    private Statement end(Statement statement) {
        in.expect(Kind.BLOCK_END);
        return statement;
    }

    private List<Statement> body(String end) {
        List<Statement> body = until(Set.of(end));
        in.expectName(end);
        in.expect(Kind.BLOCK_END);
        return body;
    }

    /** From behind {@code if} or {@code elif} to behind {@code endif}. */
    private Statement ifs() {
        Expression condition = expressions.list();
        in.expect(Kind.BLOCK_END);
        List<Statement> yes = until(Set.of("elif", "else", "endif"));
        String next = in.name();
        if (next.equals("elif")) {
            return new Statement.If(condition, yes, List.of(ifs()));
        }
        in.expect(Kind.BLOCK_END);
        return new Statement.If(condition, yes, next.equals("else") ? body("endif") : List.of());
    }

    private Statement loop() {
        List<String> names = names();
        in.expectName("in");
        Expression values = expressions.or();
        Optional<Expression> condition = in.skipName("if") ? Optional.of(expressions.expression()) : Optional.empty();
        in.expect(Kind.BLOCK_END);
        List<Statement> body = until(Set.of("else", "endfor"));
        boolean otherwise = in.name().equals("else");
        in.expect(Kind.BLOCK_END);
        return new Statement.For(names, values, condition, body, otherwise ? body("endfor") : List.of());
    }

    private List<String> names() {
        boolean bracket = in.skipOperator("(");
        List<String> names = new ArrayList<>(List.of(in.name()));
        while (in.skipOperator(",")) {
            names.add(in.name());
        }
        if (bracket) {
            in.expectOperator(")");
        }
        return names;
    }

    private Statement set() {
        List<String> names = names();
        if (in.skipOperator(".")) {
            String attribute = in.name();
            in.expectOperator("=");
            return end(new Statement.SetAttribute(names.getFirst(), attribute, expressions.list()));
        }
        if (in.skipOperator("=")) {
            return end(new Statement.Set(names, expressions.list()));
        }
        in.expect(Kind.BLOCK_END);
        return new Statement.SetBlock(names.getFirst(), body("endset"));
    }

    private Statement macro() {
        String name = in.name();
        List<String> parameters = new ArrayList<>();
        List<Optional<Expression>> defaults = new ArrayList<>();
        in.expectOperator("(");
        while (!in.skipOperator(")")) {
            parameters.add(in.name());
            defaults.add(in.skipOperator("=") ? Optional.of(expressions.expression()) : Optional.empty());
            if (!in.isOperator(")")) {
                in.expectOperator(",");
            }
        }
        in.expect(Kind.BLOCK_END);
        return new Statement.Macro(name, parameters, defaults, body("endmacro"));
    }
}
