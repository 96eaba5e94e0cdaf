package lathe.models.exchange.layout;

import static java.util.Objects.requireNonNull;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;

import lathe.models.checkpoint.StoredType;
import lathe.models.checkpoint.TensorEntry;
import lathe.models.checkpoint.Visible;
import lathe.spi.LatheException;

/** The tensors that make up one quantised weight; types and shapes are checked as they are taken. */
final class Parts {
    /** Types of scales. */
    static final Set<StoredType> FLOATS = Set.of(StoredType.F16, StoredType.BF16, StoredType.F32);
    /** Old writers put a bias beside every weight, wanted or not. */
    static final String BIAS = "bias";

    private final String weight;
    private final Map<String, TensorEntry> entries;

    Parts(String weight, Map<String, TensorEntry> entries) {
        this.weight = requireNonNull(weight, "weight is null");
        this.entries = requireNonNull(entries, "entries is null");
    }

    /** The name of the module. */
    String module() {
        return weight.replaceFirst("\\.weight$", "");
    }

    boolean has(String name) {
        return entries.containsKey(name);
    }

    /** A tensor of a type, of any shape of two dimensions. */
    TensorEntry matrix(String name, Set<StoredType> types) {
        TensorEntry entry = entry(name, types);
        if (entry.rank() != 2) {
            throw problem("its " + name + " has the shape " + TensorEntry.describe(entry.shape())
                    + " and should be a matrix");
        }
        return entry;
    }

    /** A tensor of a type and shape. */
    TensorEntry exact(String name, Set<StoredType> types, long... shape) {
        TensorEntry entry = entry(name, types);
        if (!Arrays.equals(entry.shape(), shape)) {
            throw problem("its " + name + " has the shape " + TensorEntry.describe(entry.shape()) + " and should have "
                    + TensorEntry.describe(shape));
        }
        return entry;
    }

    TensorEntry entry(String name, Set<StoredType> types) {
        TensorEntry entry = entries.get(name);
        if (entry == null) {
            throw problem("its tensor " + name + " is missing");
        }
        if (!types.contains(entry.type())) {
            throw problem("its " + name + " is stored as " + entry.type() + " and should be "
                    + String.join(" or ", types.stream().map(StoredType::name).sorted().toList()));
        }
        return entry;
    }

    /** Refuses tensors whose meaning is not known: to leave them out would change the weight. */
    void requireOnly(String... names) {
        List<String> known = List.of(names);
        for (String name : entries.keySet()) {
            if (!known.contains(name) && !name.equals(BIAS)) {
                throw problem("it has the tensor " + Visible.name(name) + ", which is not supported beside "
                        + String.join(", ", known));
            }
        }
    }

    LatheException problem(String what) {
        return new LatheException("The quantised weight " + Visible.name(weight) + " in "
                + Visible.path(entries.values().iterator().next().file()) + " cannot be read: " + what + ".");
    }
}
