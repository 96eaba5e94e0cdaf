package lathe.serve.template;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Does what statements say, once. */
final class Renderer {
    /** How a list of statements ended. */
    private enum End {
        DONE, BREAK, CONTINUE
    }

    private final Budget budget = new Budget();
    private final Evaluator evaluator = new Evaluator(budget);

    String render(List<Statement> statements, Map<String, Object> variables) {
        Frame functions = new Frame(null);
        Functions.addTo(functions);
        Frame frame = new Frame(functions);
        variables.forEach(frame::set);
        return text(statements, frame);
    }

    private String text(List<Statement> statements, Frame frame) {
        StringBuilder out = new StringBuilder();
        all(statements, frame, out);
        return out.toString();
    }

    private End all(List<Statement> statements, Frame frame, StringBuilder out) {
        for (Statement statement : statements) {
            budget.step();
            End end = one(statement, frame, out);
            Budget.requireLength(out.length());
            if (end != End.DONE) {
                return end;
            }
        }
        return End.DONE;
    }

    private End one(Statement statement, Frame frame, StringBuilder out) {
        switch (statement) {
            case Statement.Text text -> out.append(text.text());
            case Statement.Print print -> out.append(Values.text(evaluator.value(print.value(), frame)));
            case Statement.Set set -> set(set.names(), evaluator.value(set.value(), frame), frame);
            case Statement.SetAttribute set -> setAttribute(set, frame);
            case Statement.SetBlock set -> frame.set(set.name(), text(set.body(), new Frame(frame)));
            case Statement.FilterBlock block -> out.append(filtered(block, frame));
            case Statement.Macro macro -> frame.set(macro.name(), callable(macro, frame));
            case Statement.For loop -> loop(loop, frame, out);
            case Statement.If choice -> {
                return all(evaluator.truth(choice.condition(), frame) ? choice.yes() : choice.no(), frame, out);
            }
            case Statement.Group group -> {
                return all(group.body(), frame, out);
            }
            case Statement.Break end -> {
                return End.BREAK;
            }
            case Statement.Continue end -> {
                return End.CONTINUE;
            }
        }
        return End.DONE;
    }

    private static void set(List<String> names, Object value, Frame frame) {
        if (names.size() == 1) {
            frame.set(names.getFirst(), value);
            return;
        }
        List<Object> parts = Values.items(value);
        if (parts.size() != names.size()) {
            throw TemplateException.rendering(parts.size() + " values do not fit the " + names.size() + " names "
                    + String.join(", ", names));
        }
        for (int i = 0; i < parts.size(); i++) {
            frame.set(names.get(i), parts.get(i));
        }
    }

    private void setAttribute(Statement.SetAttribute set, Frame frame) {
        if (!(frame.get(set.namespace()) instanceof Namespace namespace)) {
            throw TemplateException.rendering("'" + set.namespace() + "' is no namespace, so that its '" + set.name()
                    + "' cannot be set");
        }
        namespace.set(set.name(), evaluator.value(set.value(), frame));
    }

    private String filtered(Statement.FilterBlock block, Frame frame) {
        Frame inside = new Frame(frame);
        inside.set(Statement.FilterBlock.INSIDE, text(block.body(), new Frame(frame)));
        return Values.text(evaluator.value(block.filtered(), inside));
    }

    private void loop(Statement.For loop, Frame frame, StringBuilder out) {
        List<Object> items = Values.items(evaluator.value(loop.values(), frame));
        if (loop.condition().isPresent()) {
            items.removeIf(item -> {
                Frame trial = new Frame(frame);
                set(loop.names(), item, trial);
                return !evaluator.truth(loop.condition().get(), trial);
            });
        }
        if (items.isEmpty()) {
            all(loop.otherwise(), new Frame(frame), out);
        }
        for (int i = 0; i < items.size(); i++) {
            budget.step();
            Frame turn = new Frame(frame);
            turn.set("loop", place(items, i));
            set(loop.names(), items.get(i), turn);
            if (all(loop.body(), turn, out) == End.BREAK) {
                return;
            }
        }
    }

    private static Map<String, Object> place(List<Object> items, int index) {
        long size = items.size();
        Map<String, Object> place = new LinkedHashMap<>();
        place.put("index", index + 1L);
        place.put("index0", (long) index);
        place.put("revindex", size - index);
        place.put("revindex0", size - index - 1);
        place.put("first", index == 0);
        place.put("last", index == size - 1);
        place.put("length", size);
        place.put("previtem", index == 0 ? new Undefined("'previtem' of the first turn") : items.get(index - 1));
        place.put("nextitem", index == size - 1 ? new Undefined("'nextitem' of the last turn") : items.get(index + 1));
        place.put("cycle", (Callable) (places, named) -> places.get(index % places.size()));
        return place;
    }

    private Callable callable(Statement.Macro macro, Frame around) {
        return (places, named) -> {
            if (places.size() > macro.parameters().size()) {
                throw TemplateException.rendering("the macro " + macro.name() + " takes at most "
                        + macro.parameters().size() + " arguments");
            }
            Frame frame = new Frame(around);
            for (int i = 0; i < macro.parameters().size(); i++) {
                String name = macro.parameters().get(i);
                if (i < places.size()) {
                    frame.set(name, places.get(i));
                } else if (named.containsKey(name)) {
                    frame.set(name, named.get(name));
                } else {
                    frame.set(name, macro.defaults().get(i).map(value -> evaluator.value(value, frame))
                            .orElse(new Undefined("'" + name + "'")));
                }
            }
            budget.enter();
            String text = text(macro.body(), frame);
            budget.leave();
            return text;
        };
    }
}
