package lathe.serve.template;

import java.util.HashMap;
import java.util.Map;

/** Variables of a place in a template, and those around it. */
final class Frame {
    private final Frame around;
    private final Map<String, Object> variables = new HashMap<>();

    Frame(Frame around) {
        this.around = around;
    }

    void set(String name, Object value) {
        variables.put(name, value);
    }

    Object get(String name) {
        for (Frame frame = this; frame != null; frame = frame.around) {
            if (frame.variables.containsKey(name)) {
                return frame.variables.get(name);
            }
        }
        return new Undefined("'" + name + "'");
    }
}
