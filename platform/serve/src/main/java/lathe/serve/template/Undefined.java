package lathe.serve.template;

/**
 * What is not there: false, empty, written as nothing; anything else done with it is an error.
 *
 * @param what how it was asked for
 */
record Undefined(String what) {
    TemplateException error() {
        return TemplateException.rendering(what + " is undefined");
    }
}
