package lathe.serve.template;

/** Bounds of what a template may do. */
final class Budget {
    static final int LONGEST_TEXT = 16_000_000;
    static final int LONGEST_RANGE = 100_000;
    private static final int MOST_STEPS = 2_000_000;
    private static final int DEEPEST = 200;

    private int steps;
    private int depth;

    void step() {
        if (++steps > MOST_STEPS) {
            throw TemplateException.rendering("it takes more than " + MOST_STEPS + " steps");
        }
    }

    void enter() {
        if (++depth > DEEPEST) {
            throw TemplateException.rendering("its macros call each other more than " + DEEPEST + " deep");
        }
    }

    void leave() {
        depth--;
    }

    static void requireLength(long characters) {
        if (characters > LONGEST_TEXT) {
            throw TemplateException.rendering("it makes a text of more than " + LONGEST_TEXT + " characters");
        }
    }
}
