package lathe.runtime.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

import lathe.spi.model.Role;
import lathe.spi.model.Site;

/**
 * Which weights a method visits: {@code targets} and {@code ignore} of a node. A pattern is a role ({@code gate}), the whole
 * name of a site ({@code blocks.3.q}), a name with stars ({@code blocks.0.*}) or a regular expression after {@code re:}.
 */
public final class SitePatterns {
    private final List<String> targets;
    private final List<String> ignore;

    /**
     * @param targets patterns of sites that are visited; all linears of the blocks if empty
     * @param ignore  patterns of sites that are left out
     */
    public SitePatterns(List<String> targets, List<String> ignore) {
        this.targets = List.copyOf(targets);
        this.ignore = List.copyOf(ignore);
    }

    /**
     * What is wrong with the patterns.
     *
     * @return a sentence, empty if nothing is
     */
    public Optional<String> problem() {
        List<String> all = new ArrayList<>(targets);
        all.addAll(ignore);
        for (String pattern : all) {
            try {
                compile(pattern);
            } catch (PatternSyntaxException failure) {
                return Optional.of("'" + pattern + "' is no regular expression: " + failure.getDescription() + ".");
            }
        }
        return Optional.empty();
    }

    /**
     * Whether a weight is visited.
     *
     * @param site the weight
     * @return true if it is a target and not ignored
     */
    public boolean matches(Site site) {
        boolean target = targets.isEmpty()
                ? site.role().isCompressible()
                : targets.stream().anyMatch(pattern -> matches(pattern, site));
        return target && ignore.stream().noneMatch(pattern -> matches(pattern, site));
    }

    /**
     * Patterns that match no weight at all: they are mistyped, most likely.
     *
     * @param sites all weights of a model
     * @return the patterns
     */
    public List<String> unused(List<Site> sites) {
        List<String> all = new ArrayList<>(targets);
        all.addAll(ignore);
        return all.stream().filter(pattern -> sites.stream().noneMatch(site -> matches(pattern, site))).toList();
    }

    private static boolean matches(String pattern, Site site) {
        Optional<Role> role = Role.labelled(pattern);
        return role.map(wanted -> wanted == site.role()).orElseGet(
                () -> compile(pattern).matcher(site.name()).matches());
    }

    private static Pattern compile(String pattern) {
        if (pattern.startsWith("re:")) {
            return Pattern.compile(pattern.substring(3));
        }
        StringBuilder expression = new StringBuilder();
        for (String part : pattern.split("\\*", -1)) {
            expression.append(expression.isEmpty() ? "" : ".*").append(Pattern.quote(part));
        }
        return Pattern.compile(expression.toString());
    }
}
