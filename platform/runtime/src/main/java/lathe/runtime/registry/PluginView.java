package lathe.runtime.registry;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

import lathe.spi.Kind;
import lathe.spi.LatheException;
import lathe.spi.Method;

/**
 * What is installed at one moment. Immutable: a plan that holds a view sees no change.
 *
 * <p>When two bundles bring the same method id, the one with the higher version is chosen, and among equal versions the
 * one whose symbolic name (then digest) comes first; the others stay reachable by their bundle's name. Methods of
 * different kinds may share an id (an attention pattern and its cache form): they are told apart by the place in a plan
 * that names them.
 */
public final class PluginView {
    private static final Comparator<InstalledMethod> CHOICE = Comparator.comparing(
            (InstalledMethod entry) -> BundleVersion.parse(entry.source().version()))
            .reversed()
            .thenComparing(entry -> entry.source().bundle())
            .thenComparing(entry -> entry.source().digest());

    private final List<PluginSource> sources;
    private final Map<String, List<InstalledMethod>> byId;

    private PluginView(List<PluginSource> sources, Map<String, List<InstalledMethod>> byId) {
        this.sources = sources;
        this.byId = byId;
    }

    static PluginView of(Collection<Listing> listings) {
        Map<String, List<InstalledMethod>> byId = new TreeMap<>();
        List<PluginSource> sources = new ArrayList<>();
        for (Listing listing : listings) {
            sources.add(listing.source());
            for (Method<?> method : listing.methods()) {
                byId.computeIfAbsent(method.id(), id -> new ArrayList<>())
                        .add(new InstalledMethod(method, listing.source()));
            }
        }
        sources.sort(Comparator.comparing(PluginSource::bundle)
                .thenComparing(PluginSource::version)
                .thenComparing(PluginSource::location));
        Map<String, List<InstalledMethod>> chosen = new LinkedHashMap<>();
        byId.forEach((id, entries) -> chosen.put(
                id, entries.stream().sorted(CHOICE).toList()));
        return new PluginView(List.copyOf(sources), chosen);
    }

    /** A source and the methods that it listed. */
    record Listing(PluginSource source, List<Method<?>> methods) {}

    /**
     * Every bundle, also the broken ones, by name.
     *
     * @return the sources
     */
    public List<PluginSource> sources() {
        return sources;
    }

    /**
     * The chosen method of every id and kind, in the order of the ids.
     *
     * @return the methods
     */
    public List<InstalledMethod> methods() {
        List<InstalledMethod> methods = new ArrayList<>();
        for (List<InstalledMethod> candidates : byId.values()) {
            Set<Kind> kinds = EnumSet.noneOf(Kind.class);
            candidates.stream().filter(entry -> kinds.add(entry.method().kind())).forEach(methods::add);
        }
        return List.copyOf(methods);
    }

    /**
     * The chosen methods of one kind, in the order of the ids.
     *
     * @param kind the kind
     * @return its methods
     */
    public List<InstalledMethod> methods(Kind kind) {
        return methods().stream().filter(entry -> entry.method().kind() == kind).toList();
    }

    /**
     * All bundles' methods of one id, the chosen one first.
     *
     * @param id the method's name
     * @return more than one entry is a conflict; none if nobody has it
     */
    public List<InstalledMethod> candidates(String id) {
        return byId.getOrDefault(requireNonNull(id, "id is null"), List.of());
    }

    /**
     * The chosen method of an id.
     *
     * @param id the method's name
     * @return the method, if someone brings it
     */
    public Optional<InstalledMethod> find(String id) {
        return candidates(id).stream().findFirst();
    }

    /**
     * The chosen method of an id and a kind.
     *
     * @param id   the method's name
     * @param kind what it decides
     * @return the method, if someone brings it
     */
    public Optional<InstalledMethod> find(String id, Kind kind) {
        requireNonNull(kind, "kind is null");
        return candidates(id).stream().filter(entry -> entry.method().kind() == kind).findFirst();
    }

    /**
     * The method of an id and a kind from a wanted bundle; of several the one that is chosen without a wish.
     *
     * @param id     the method's name
     * @param kind   what it decides
     * @param choice which bundles are wanted
     * @return the method, if someone brings it at all
     * @throws LatheException if others bring it, but no wanted bundle; says who does
     */
    public Optional<InstalledMethod> find(String id, Kind kind, BundleChoice choice) {
        requireNonNull(choice, "choice is null");
        List<InstalledMethod> all = candidates(id).stream().filter(entry -> entry.method().kind() == kind).toList();
        Optional<InstalledMethod> wanted = all.stream().filter(choice::accepts).findFirst();
        if (wanted.isEmpty() && !all.isEmpty()) {
            throw new LatheException(choice.nobody(id, all));
        }
        return wanted;
    }

    /**
     * The method of an id from one bundle.
     *
     * @param id     the method's name
     * @param bundle symbolic name, or symbolic name and version as {@code com.acme.wanda@1.2.0}
     * @return the method, if that bundle brings it
     */
    public Optional<InstalledMethod> find(String id, String bundle) {
        requireNonNull(bundle, "bundle is null");
        return candidates(id).stream()
                .filter(entry -> bundle.equals(entry.source().bundle())
                        || bundle.equals(entry.source().bundle() + "@" + entry.source().version()))
                .findFirst();
    }

    /**
     * The chosen method of an id.
     *
     * @param id the method's name
     * @return the method
     * @throws LatheException if nobody has it; names the nearest ids and the broken bundle that might have brought it
     */
    public InstalledMethod require(String id) {
        return find(id).orElseThrow(() -> new LatheException(missing(id)));
    }

    private String missing(String id) {
        String broken = sources.stream()
                .filter(source -> !source.usable() && source.bundle().contains(id))
                .map(source -> " The bundle " + source.bundle() + " is broken: " + source.problem())
                .collect(Collectors.joining());
        return "There is no method '" + id + "'." + NearestNames.hint(id, byId.keySet())
                + " It would come with a bundle such as lathe-" + id + " in the plugins folder." + broken
                + " Run `lathe methods` for a list.";
    }
}
