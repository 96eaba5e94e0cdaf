package lathe.runtime.describe;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import lathe.spi.Default;
import lathe.spi.Range;

/** Reads a configuration record's parameters: its components, their annotations, and the help texts beside its class. */
public final class Parameters {
    private static final Map<Class<?>, String> WORDS = Map.of(
            int.class, "whole number",
            Integer.class, "whole number",
            long.class, "whole number",
            Long.class, "whole number",
            double.class, "number",
            Double.class, "number",
            boolean.class, "true or false",
            Boolean.class, "true or false",
            String.class, "text");

    private Parameters() {}

    /**
     * The parameters of a configuration record, those of nested records after the name of their component and a dot.
     *
     * @param config the record's class
     * @return the parameters in the order of their declaration
     */
    public static List<Parameter> of(Class<? extends Record> config) {
        List<Parameter> parameters = new ArrayList<>();
        collect(requireNonNull(config, "config is null"), "", parameters);
        return List.copyOf(parameters);
    }

    private static void collect(Class<?> config, String prefix, List<Parameter> parameters) {
        Properties meanings = meanings(config);
        for (RecordComponent component : config.getRecordComponents()) {
            String name = prefix + component.getName();
            boolean nested = component.getType().isRecord()
                    && component.getAnnotation(Default.class) == null
                    && !hasSpelling(component.getType());
            if (nested) {
                collect(component.getType(), name + ".", parameters);
            } else {
                parameters.add(parameter(component, name, meanings.getProperty(component.getName(), "")));
            }
        }
    }

    private static Parameter parameter(RecordComponent component, String name, String meaning) {
        return new Parameter(
                name,
                words(component.getGenericType()),
                Optional.ofNullable(component.getAnnotation(Default.class)).map(Default::value),
                component.getType() == Optional.class,
                Optional.ofNullable(component.getAnnotation(Range.class)).map(Range::value),
                meaning);
    }

    /** A record with a static parse(String) is one value in HOCON, not an object. */
    private static boolean hasSpelling(Class<?> type) {
        return Stream.of(type.getMethods())
                .anyMatch(method -> method.getName().equals("parse")
                        && method.getReturnType() == type
                        && method.getParameterCount() == 1
                        && method.getParameterTypes()[0] == String.class);
    }

    private static String words(Type type) {
        if (type instanceof ParameterizedType generic) {
            String argument = words(generic.getActualTypeArguments()[generic.getActualTypeArguments().length - 1]);
            if (generic.getRawType() == Optional.class) {
                return argument;
            }
            return generic.getRawType() == List.class ? "list of " + plural(argument) : "object of " + plural(argument);
        }
        return type instanceof Class<?> plain ? words(plain) : type.getTypeName();
    }

    private static String words(Class<?> type) {
        if (type.isEnum()) {
            return Stream.of(type.getEnumConstants())
                    .map(constant -> ((Enum<?>) constant).name().toLowerCase(Locale.ROOT).replace('_', '-'))
                    .collect(Collectors.joining(" | "));
        }
        String known = WORDS.get(type);
        return known != null
                ? known
                : type.getSimpleName().replaceAll("(?<=[a-z])(?=[A-Z])", " ").toLowerCase(Locale.ROOT);
    }

    private static String plural(String words) {
        return words.endsWith("number") ? words + "s" : words.equals("text") ? "texts" : words;
    }

    private static Properties meanings(Class<?> config) {
        Properties meanings = new Properties();
        String file = "/META-INF/lathe/config/" + config.getName() + ".properties";
        try (InputStream in = config.getResourceAsStream(file)) {
            if (in != null) {
                meanings.load(in);
            }
        } catch (IOException failure) {
            throw new UncheckedIOException("The help texts of " + config.getName() + " cannot be read", failure);
        }
        return meanings;
    }
}
