package lathe.runtime.recipe;

import static java.util.Objects.requireNonNull;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import lathe.report.ResultRow;
import lathe.runtime.config.KeySpelling;

/**
 * A result that a claim speaks of, such as {@code perplexity(wanda-50)}, or with what singles it out where a metric was taken
 * in several ways: {@code perplexity(window, in = quality, protocol = "through*", sparsity = 0.5)}.
 *
 * @param metric   what was measured
 * @param subject  the node that was judged
 * @param node     the node that judged it, if the claim says so
 * @param protocol how it was measured, with {@code *} for any text, if the claim says so
 * @param point    sweep keys with their values; a key may be given by its last part
 * @param position where it stands in the claim's text, from 0
 */
record Reading(String metric, String subject, Optional<String> node, Optional<String> protocol,
        Map<String, String> point, int position) {
    Reading {
        requireNonNull(metric, "metric is null");
        requireNonNull(subject, "subject is null");
        point = new LinkedHashMap<>(point);
    }

    /** Whether a row is this result, at whatever seed. */
    boolean isOf(ResultRow row) {
        return row.subject().equals(subject) && KeySpelling.same(row.metric(), metric)
                && node.map(row.node()::equals).orElse(true)
                && protocol.map(pattern -> matches(pattern, row.protocol())).orElse(true)
                && point.entrySet().stream().allMatch(key -> isAt(row.point(), key.getKey(), key.getValue()));
    }

    private static boolean matches(String pattern, String protocol) {
        String regex = Pattern.compile("\\*").splitAsStream(pattern + " ").map(Pattern::quote)
                .collect(Collectors.joining(".*"));
        return (protocol + " ").matches(regex);
    }

    /** Whether a sweep key, given whole or by its last part, has a value at a point. */
    static boolean isAt(Map<String, Object> point, String key, String value) {
        return point.entrySet().stream().anyMatch(
                entry -> isKey(entry.getKey(), key) && same(String.valueOf(entry.getValue()), value));
    }

    /** Whether a sweep key is meant by a name. */
    static boolean isKey(String key, String name) {
        return key.equals(name) || key.endsWith("." + name);
    }

    private static boolean same(String one, String other) {
        if (one.equals(other)) {
            return true;
        }
        try {
            return Double.parseDouble(one) == Double.parseDouble(other);
        } catch (NumberFormatException words) {
            return false;
        }
    }

    /** As a claim would say it. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(metric).append('(').append(subject);
        node.ifPresent(name -> text.append(", in = ").append(name));
        protocol.ifPresent(name -> text.append(", protocol = \"").append(name).append('"'));
        point.forEach((key, value) -> text.append(", ").append(key).append(" = ").append(value));
        return text.append(')').toString();
    }
}
