package lathe.serve.template;

import lathe.spi.LatheException;

/** A template that is broken, goes too far, or refuses what it is given. */
final class TemplateException extends LatheException {
    TemplateException(String sentence) {
        super(sentence);
    }

    static TemplateException at(int line, String what) {
        return new TemplateException("The chat template cannot be used: line " + line + ": " + what + ".");
    }

    /** While it is rendered. */
    static TemplateException rendering(String what) {
        return new TemplateException("The chat template cannot be rendered: " + what + ".");
    }
}
