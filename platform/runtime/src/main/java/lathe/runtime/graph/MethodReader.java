package lathe.runtime.graph;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;

import lathe.runtime.config.Problems;
import lathe.runtime.config.RecordBinder;
import lathe.runtime.registry.BundleChoice;
import lathe.runtime.registry.InstalledMethod;
import lathe.runtime.registry.NearestNames;
import lathe.runtime.registry.PluginSource;
import lathe.runtime.registry.PluginView;
import lathe.spi.Kind;
import lathe.spi.LatheException;
import lathe.spi.kv.Budget;
import lathe.spi.kv.Evictor;

/** Reads which method a node uses and with which parameters. */
final class MethodReader {
    private final PluginView view;
    private final Problems problems;
    private final RecordBinder binder;

    MethodReader(PluginView view, Problems problems) {
        this.view = requireNonNull(view, "view is null");
        this.problems = requireNonNull(problems, "problems is null");
        this.binder = new RecordBinder(problems);
    }

    /**
     * Reads a use.
     *
     * @param kind    what the place wants
     * @param id      the value that names the method
     * @param idPath  where that value stands
     * @param object  the object that holds the parameters
     * @param path    where it stands
     * @param ignored keys of the object that are none of the method's
     */
    Optional<MethodUse> read(Kind kind, ConfigValue id, String idPath, ConfigObject object, String path,
            Collection<String> ignored) {
        return find(kind, id, idPath, object).flatMap(method -> bind(method, object, path, withChoice(ignored)));
    }

    /** Whether a value is the id of a method of a kind. */
    boolean has(Kind kind, ConfigValue id) {
        return id.unwrapped() instanceof String name && view.find(name, kind).isPresent();
    }

    /** Bundle and version stand beside the parameters, and are none of the method's. */
    private static Collection<String> withChoice(Collection<String> ignored) {
        List<String> keys = new ArrayList<>(ignored);
        keys.addAll(BundleChoice.KEYS);
        return keys;
    }

    /** Finds a method by its id, in the bundle that the object asks for. */
    Optional<InstalledMethod> find(Kind kind, ConfigValue id, String idPath, ConfigObject object) {
        if (!(id.unwrapped() instanceof String name)) {
            problems.add(id.origin(), idPath, "This must be the name of a " + kind.label() + " method.");
            return Optional.empty();
        }
        try {
            Optional<InstalledMethod> found = view.find(name, kind, BundleChoice.of(object));
            if (found.isEmpty()) {
                problems.add(id.origin(), idPath, missing(kind, name));
            }
            return found;
        } catch (LatheException otherBundle) {
            problems.add(id.origin(), idPath, otherBundle.getMessage());
            return Optional.empty();
        }
    }

    private Optional<MethodUse> bind(
            InstalledMethod method, ConfigObject object, String path, Collection<String> ignored) {
        List<Class<? extends Record>> types = new ArrayList<>();
        types.add(method.method().configType());
        boolean evicts = method.method().contract() == Evictor.class;
        if (evicts) {
            types.add(Budget.class);
        }
        try {
            return binder.bindAll(types, object, path, ignored).map(bound -> new MethodUse(method, bound.getFirst(),
                    evicts ? Optional.of((Budget) bound.get(1)) : Optional.empty(), path, object.origin()));
        } catch (LinkageError broken) {
            problems.add(object.origin(), path, "The method " + method.id() + " of " + method.source().bundle()
                    + " is broken: " + broken + ".");
            return Optional.empty();
        }
    }

    private String missing(Kind kind, String name) {
        List<InstalledMethod> others = view.candidates(name);
        if (!others.isEmpty()) {
            Kind other = others.getFirst().method().kind();
            return "'" + name + "' is a " + other.label() + " method, but this place wants a " + kind.label()
                    + " method: " + place(other, name) + ".";
        }
        List<String> ids = view.methods(kind).stream().map(InstalledMethod::id).toList();
        List<String> all = view.methods().stream().map(InstalledMethod::id).toList();
        String hint = NearestNames.hint(name, ids);
        return "There is no " + kind.label() + " method '" + name + "'."
                + (hint.isEmpty() ? NearestNames.hint(name, all) : hint)
                + " It would come with a bundle such as lathe-" + name + " in the plugins folder."
                + broken(name)
                + (ids.isEmpty() ? " No " + kind.label() + " method is installed." : " Installed: "
                        + String.join(", ", ids) + ".");
    }

    private String broken(String name) {
        StringBuilder text = new StringBuilder();
        for (PluginSource source : view.sources()) {
            if (!source.usable() && source.bundle().contains(name)) {
                text.append(" The bundle ").append(source.bundle()).append(" is broken: ").append(source.problem());
            }
        }
        return text.toString();
    }

    /** Where a method of a kind is written. */
    private static String place(Kind kind, String name) {
        return switch (kind) {
            case PRUNER, QUANTIZER, FACTORIZER, CARVER, MERGER, STEP, DATA_SOURCE ->
                "write " + kind.verb() + " = " + name;
            case ATTENTION -> "write attention { use = " + name + " } in a serve node";
            case KV_POLICY -> "write cache { use = " + name + " } in a serve node";
            case ROUTER -> "write router { use = " + name + " } in a serve node";
            case METRIC -> "write metrics = [" + name + "] in an evaluate node";
            default -> "it cannot be used here";
        };
    }
}
