package lathe.serve.template;

import java.util.List;
import java.util.Map;

/** A value that can be called: a macro, a method of a value, a function of Jinja. */
@FunctionalInterface
interface Callable {
    /**
     * Calls it.
     *
     * @param places arguments by place
     * @param named  arguments by name
     * @return its value
     */
    Object call(List<Object> places, Map<String, Object> named);
}
