package lathe.serve.template;

import java.util.LinkedHashMap;
import java.util.Map;

/** Values that a template can change from within a loop. */
final class Namespace {
    private final Map<String, Object> values;

    Namespace(Map<String, Object> values) {
        this.values = new LinkedHashMap<>(values);
    }

    Object get(String name) {
        return values.containsKey(name) ? values.get(name) : new Undefined("'" + name + "' of a namespace");
    }

    void set(String name, Object value) {
        values.put(name, value);
    }
}
