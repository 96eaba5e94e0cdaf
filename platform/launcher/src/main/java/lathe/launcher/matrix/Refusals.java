package lathe.launcher.matrix;

import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import lathe.runtime.registry.InstalledMethod;
import lathe.spi.Kind;

/** Groups refused pairs by reason: one line a reason, however many methods share it. */
final class Refusals {
    private final MatrixResult result;

    Refusals(MatrixResult result) {
        this.result = result;
    }

    /** One line a reason, with the pairs that it holds for. Random triples are told only where no pair has the reason. */
    List<String> lines() {
        Map<String, List<Combination>> byReason = new LinkedHashMap<>();
        for (Tried one : result.tried()) {
            String reason = general(one);
            boolean told = one.combination().methods().size() > 2 && byReason.containsKey(reason);
            if (one.outcome() == Tried.Outcome.REFUSED && !told) {
                byReason.computeIfAbsent(reason, key -> new ArrayList<>()).add(one.combination());
            }
        }
        List<String> lines = new ArrayList<>();
        byReason.forEach((reason, combinations) -> lines.add(who(combinations) + ": " + reason));
        return lines;
    }

    /**
     * The reason with kinds in the place of the methods, so that those of all methods of a kind are one. The planner names
     * methods before it says what would be right, that is, before the colon.
     */
    private static String general(Tried one) {
        int colon = one.reason().indexOf(':');
        String before = colon < 0 ? one.reason() : one.reason().substring(0, colon);
        for (InstalledMethod entry : one.combination().methods()) {
            before = before.replaceAll("(?<![\\w-])'?" + entry.id() + "'?(?![\\w-])",
                    "the " + entry.method().kind().label());
        }
        String reason = before + (colon < 0 ? "" : one.reason().substring(colon));
        return reason.isEmpty() ? reason : Character.toUpperCase(reason.charAt(0)) + reason.substring(1);
    }

    private String who(List<Combination> combinations) {
        if (combinations.getFirst().methods().size() != 2) {
            return combinations.stream().map(Combination::title).collect(joining("; "));
        }
        List<Kind> kinds = combinations.getFirst().kinds();
        long all = result.tried().stream().filter(one -> one.combination().kinds().equals(kinds)).count();
        if (combinations.size() == all && all > 1) {
            return "every " + kinds.getFirst().label() + (weights(kinds) ? ", then any " : " with any ")
                    + kinds.getLast().label();
        }
        Map<String, Set<String>> partners = new LinkedHashMap<>();
        combinations.forEach(pair -> partners.computeIfAbsent(pair.methods().getFirst().id(),
                key -> new LinkedHashSet<>()).add(pair.methods().getLast().id()));
        Map<Set<String>, List<String>> shared = new LinkedHashMap<>();
        partners.forEach((first, seconds) -> shared.computeIfAbsent(seconds, key -> new ArrayList<>()).add(first));
        List<String> parts = new ArrayList<>();
        shared.forEach((seconds, firsts) -> parts.add(String.join(", ", firsts)
                + (weights(kinds) ? ", then " : " with ") + seconds(seconds, kinds.getLast())));
        return String.join("; ", parts);
    }

    private String seconds(Set<String> ids, Kind kind) {
        Set<String> all = new LinkedHashSet<>();
        result.settings().keySet().stream().filter(entry -> entry.method().kind() == kind)
                .forEach(entry -> all.add(entry.id()));
        return ids.equals(all) && ids.size() > 1 ? "any " + kind.label() : String.join(", ", ids);
    }

    private static boolean weights(List<Kind> kinds) {
        return Combinations.CHANGES.containsAll(kinds);
    }
}
