/**
 * The part of the Jinja template language that chat templates of models use, with the values and methods of Python that
 * they rely on. Templates come with models that people load from anywhere, so this is a closed interpreter: it reaches no
 * class, no file and no clock but the date, and its work and output are bounded.
 *
 * <p>Lathe has its own because no library of Maven Central renders them: Jinjava 2.8.4 stops at {@code messages[::-1]}, at
 * named arguments with a filter, at {@code for ... if} and at most methods of Python's strings, all of which today's
 * templates use, and brings twenty jars. The tests hold this one to what Jinja2 writes.
 */
package lathe.serve.template;
