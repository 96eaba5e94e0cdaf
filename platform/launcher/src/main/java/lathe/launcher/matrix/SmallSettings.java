package lathe.launcher.matrix;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValue;

import lathe.runtime.describe.Parameter;
import lathe.runtime.describe.Parameters;
import lathe.spi.Kind;
import lathe.spi.Method;
import lathe.spi.kv.Evictor;

/**
 * Settings with which a method has something to do on a small model and a short text. A window or a group that is larger than
 * the text or the weight would leave it idle: whole numbers above {@link #MOST} are set to that, whatever they mean.
 */
final class SmallSettings {
    /** The largest whole number that a method is set to where it has a default. */
    static final int MOST = 16;
    /** What an evictor may keep of a text: more than {@link #MOST}, less than the text. */
    static final int BUDGET = 20;

    /** Keys of an example whose value is a method's id. */
    private static final Set<String> NAMING = Stream.concat(Stream.of("use"),
            Combinations.CHANGES.stream().map(Kind::verb)).collect(Collectors.toUnmodifiableSet());
    private static final Set<String> OF_THE_NODE = Set.of("of", "calibration", "targets", "ignore");

    private SmallSettings() {}

    /**
     * Settings to try, the best first.
     *
     * @param method the method
     * @return keys and values in HOCON's spelling, each ready to be put into a node
     */
    static List<String> of(Method<?> method) {
        Map<String, String> example = example(method);
        Map<String, String> small = new LinkedHashMap<>(required(method, example));
        Map<String, String> standard = new LinkedHashMap<>(small);
        for (Parameter parameter : Parameters.of(method.configType())) {
            boolean large = parameter.type().equals("whole number")
                    && parameter.standard().filter(value -> value.matches("\\d{1,9}"))
                            .filter(value -> Integer.parseInt(value) > MOST).isPresent();
            if (large) {
                small.put(parameter.name(), Integer.toString(MOST));
            }
        }
        Set<String> candidates = new LinkedHashSet<>();
        if (method.contract() == Evictor.class) {
            Map<String, String> bounded = new LinkedHashMap<>(small);
            bounded.put("budget", Integer.toString(BUDGET));
            candidates.add(hocon(bounded));
            bounded.keySet().retainAll(Set.of("budget"));
            bounded.putAll(standard);
            candidates.add(hocon(bounded));
        }
        candidates.add(hocon(small));
        candidates.add(hocon(example));
        candidates.add(hocon(standard));
        return List.copyOf(candidates);
    }

    private static Map<String, String> required(Method<?> method, Map<String, String> example) {
        Map<String, String> required = new LinkedHashMap<>();
        for (Parameter parameter : Parameters.of(method.configType())) {
            if (parameter.required() && example.containsKey(parameter.name())) {
                required.put(parameter.name(), example.get(parameter.name()));
            }
        }
        return required;
    }

    /** The method's settings in its author's example; none if there is no example that can be read. */
    private static Map<String, String> example(Method<?> method) {
        try {
            Config parsed = ConfigFactory.parseString(method.example());
            Map<String, String> settings = new LinkedHashMap<>();
            parsed.root().values().forEach(node -> collect(node, method.id(), settings));
            return settings;
        } catch (ConfigException unreadable) {
            return Map.of();
        }
    }

    private static void collect(ConfigValue value, String id, Map<String, String> settings) {
        if (!(value instanceof ConfigObject object)) {
            return;
        }
        boolean names = object.entrySet().stream().anyMatch(entry -> NAMING.contains(entry.getKey())
                && id.equals(entry.getValue().unwrapped()));
        if (names) {
            object.forEach((key, setting) -> {
                if (!NAMING.contains(key) && !OF_THE_NODE.contains(key)) {
                    settings.put(key, setting.render(ConfigRenderOptions.concise()));
                }
            });
        } else {
            new ArrayList<>(object.values()).forEach(inner -> collect(inner, id, settings));
        }
    }

    private static String hocon(Map<String, String> settings) {
        StringBuilder text = new StringBuilder();
        settings.forEach((key, value) -> text.append(", ").append(key).append(" = ").append(value));
        return text.toString();
    }
}
