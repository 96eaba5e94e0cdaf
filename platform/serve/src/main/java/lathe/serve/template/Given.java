package lathe.serve.template;

import java.util.List;
import java.util.Map;

/**
 * What a filter, a check or a method is given, by place or by name.
 *
 * @param places by place
 * @param named  by name
 */
record Given(List<Object> places, Map<String, Object> named) {
    boolean has(int place, String name) {
        return places.size() > place || named.containsKey(name);
    }

    Object get(int place, String name, Object otherwise) {
        return places.size() > place ? places.get(place) : named.getOrDefault(name, otherwise);
    }

    String text(int place, String name, String otherwise) {
        return get(place, name, otherwise) instanceof String text ? text : otherwise;
    }

    int whole(int place, String name, int otherwise) {
        return has(place, name) ? Math.toIntExact(Values.whole(get(place, name, null))) : otherwise;
    }

    Object required(int place, String name, String whose) {
        if (!has(place, name)) {
            throw TemplateException.rendering(whose + " wants an argument '" + name + "'");
        }
        return get(place, name, null);
    }
}
