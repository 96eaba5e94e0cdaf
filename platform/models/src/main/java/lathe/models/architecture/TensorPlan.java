package lathe.models.architecture;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import lathe.models.architecture.Family.TensorSpec;

/** All tensors that a config calls for, by name, and which names besides may be there without meaning. */
public final class TensorPlan {
    private static final int MOST_TENSORS = 1_000_000;

    private final Family family;
    private final Evaluation model;
    private final String outer;
    private final String prefix;
    private final List<TensorSpec> layout;
    private final Map<String, PlannedTensor> tensors = new LinkedHashMap<>();
    private final Map<Slot, PlannedTensor> bySlot = new HashMap<>();
    private final List<String> ignoredNames = new ArrayList<>();
    private final List<String> ignoredStarts = new ArrayList<>();
    private final List<Pattern> ignoredPatterns;

    private TensorPlan(Family family, Evaluation model, int blocks, Predicate<String> exists) {
        this.family = family;
        this.model = model;
        String embedding = spec(TensorRole.EMBEDDING).name();
        this.outer = choose("tensors.outer-prefixes", start -> prefixes()
                .anyMatch(inner -> exists.test(start + embedding.replace("{prefix}", inner))));
        this.prefix = choose("tensors.prefixes", inner -> exists.test(outer + embedding.replace("{prefix}", inner)));
        this.layout = chooseLayout(blocks, exists);
        this.ignoredPatterns = family.texts("tensors.ignored").stream().map(TensorPlan::wildcard).toList();
        plan(blocks);
        tiedHead().ifPresent(ignoredNames::add);
        ignore(blocks);
    }

    static TensorPlan of(Family family, Evaluation model, int blocks, Predicate<String> exists) {
        return new TensorPlan(family, model, blocks, exists);
    }

    /**
     * The tensors that must be there, by name.
     *
     * @return in the order of blocks
     */
    public Map<String, PlannedTensor> tensors() {
        return Collections.unmodifiableMap(tensors);
    }

    /**
     * Whether a tensor that is not planned may be there.
     *
     * @param name its name
     * @return true for buffers of old checkpoints, a head that is tied, blocks that are not used
     */
    public boolean isIgnored(String name) {
        return ignoredNames.contains(name) || ignoredStarts.stream().anyMatch(name::startsWith)
                || ignoredPatterns.stream().anyMatch(pattern -> pattern.matcher(name).matches());
    }

    private void plan(int blocks) {
        for (TensorSpec spec : family.tensors("tensors.model")) {
            add(spec, model, Slot.NONE);
        }
        List<TensorSpec> specs = Stream.concat(family.tensors("tensors.block").stream(), layout.stream()).toList();
        for (int block = 0; block < blocks; block++) {
            Evaluation here = ConfigReader.blockEvaluation(family, model, block);
            for (TensorSpec spec : specs) {
                add(spec, here, block);
            }
            if (tensors.size() > MOST_TENSORS) {
                throw model.problem("it asks for more than " + MOST_TENSORS + " tensors");
            }
        }
    }

    private void add(TensorSpec spec, Evaluation here, int block) {
        if (!here.truth(spec.when(), "whether " + spec.key() + " is there")) {
            return;
        }
        List<Long> shape = new ArrayList<>();
        for (String size : spec.shape()) {
            shape.add(here.whole(size, "a size of " + spec.key(), 1, Long.MAX_VALUE));
        }
        boolean bias = here.truth(spec.bias(), "the bias of " + spec.key());
        int copies = spec.isPerExpert()
                ? (int) here.whole(family.get("block.experts.count"), "the number of experts", 1, Integer.MAX_VALUE)
                : 1;
        for (int copy = 0; copy < copies; copy++) {
            int expert = spec.isPerExpert() ? copy : Slot.NONE;
            String name = name(spec, block, expert);
            List<PlannedTensor.Part> parts = parts(spec, here, shape, block, expert);
            put(new PlannedTensor(name, spec.transposed() ? shape.reversed() : shape, spec.transposed(), parts));
            if (bias) {
                String biasName = name.substring(0, name.length() - "weight".length()) + "bias";
                put(new PlannedTensor(biasName, shape.subList(0, 1), false, parts.stream()
                        .map(part -> new PlannedTensor.Part(part.slot().biasSlot(), part.rows())).toList()));
            }
        }
    }

    private void put(PlannedTensor tensor) {
        tensor.parts().forEach(part -> bySlot.put(part.slot(), tensor));
        if (tensors.put(tensor.name(), tensor) != null) {
            throw new IllegalArgumentException("The description " + family + " plans " + tensor.name() + " twice.");
        }
    }

    private List<PlannedTensor.Part> parts(TensorSpec spec, Evaluation here, List<Long> shape, int block, int expert) {
        boolean fusedExperts = shape.size() == 3;
        int experts = fusedExperts ? Math.toIntExact(shape.getFirst()) : 1;
        long rowsOfAll = fusedExperts ? shape.get(1) : shape.getFirst();
        long groups = spec.interleaved().isEmpty() ? 1 : here.whole(spec.interleaved(), "groups", 1, rowsOfAll);
        List<PlannedTensor.Part> parts = new ArrayList<>();
        long first = 0;
        for (Family.Part part : spec.parts()) {
            long rows = part.rows().isEmpty() ? rowsOfAll : here.whole(part.rows(), "rows", 1, rowsOfAll);
            RowSelection selection = groups == 1
                    ? RowSelection.range(first, rows)
                    : new RowSelection(rows, first, rows / groups, rowsOfAll / groups);
            for (int i = 0; i < experts; i++) {
                Slot slot = new Slot(part.role(), block, fusedExperts ? i : expert, false);
                parts.add(new PlannedTensor.Part(slot, selection.shifted(i * rowsOfAll)));
            }
            first += rows / groups;
        }
        return parts;
    }

    private void ignore(int blocks) {
        long extra = model.whole(family.get("tensors.extra-blocks"), "blocks after the last one", 0, 1000);
        String start = family.tensors("tensors.block").getFirst().name();
        String stem = outer + start.substring(0, start.indexOf("{block}")).replace("{prefix}", prefix);
        for (long i = 0; i < extra; i++) {
            ignoredStarts.add(stem + (blocks + i) + ".");
        }
    }

    private TensorSpec spec(TensorRole role) {
        return family.tensors("tensors.model").stream().filter(spec -> spec.key().equals(role.key())).findFirst()
                .orElseThrow();
    }

    private Stream<String> prefixes() {
        return family.texts("tensors.prefixes").stream();
    }

    /** The first of the description's prefixes that fits, or its first one. */
    private String choose(String path, Predicate<String> fits) {
        List<String> candidates = family.texts(path);
        return candidates.stream().filter(fits).findFirst().orElse(candidates.getFirst());
    }

    private List<TensorSpec> chooseLayout(int blocks, Predicate<String> exists) {
        List<List<TensorSpec>> layouts = family.layouts();
        for (List<TensorSpec> candidate : layouts) {
            for (int block = 0; block < blocks; block++) {
                if (exists.test(name(candidate.getFirst(), block, 0))) {
                    return candidate;
                }
            }
        }
        return layouts.isEmpty() ? List.of() : layouts.getFirst();
    }

    private String name(TensorSpec spec, int block, int expert) {
        return outer + spec.name().replace("{prefix}", prefix).replace("{block}", Integer.toString(block)).replace(
                "{expert}",
                Integer.toString(expert));
    }

    private static Pattern wildcard(String text) {
        return Pattern.compile(Stream.of(text.split("\\*", -1)).map(Pattern::quote).collect(Collectors.joining(".*")));
    }

    /**
     * What the head would be called where the model's config ties it to the embedding.
     *
     * @return the name; nothing for a model that has a head of its own, which is planned
     */
    Optional<String> tiedHead() {
        return find(Slot.of(TensorRole.HEAD)).isPresent()
                ? Optional.empty()
                : Optional.of(name(spec(TensorRole.HEAD), Slot.NONE, Slot.NONE));
    }

    /**
     * The tensor that holds a weight or bias.
     *
     * @param slot what is wanted
     * @return the tensor, or nothing if the model has no such weight
     */
    public Optional<PlannedTensor> find(Slot slot) {
        return Optional.ofNullable(bySlot.get(slot));
    }

    /**
     * A tensor by its name.
     *
     * @param name the name in a checkpoint
     * @return the tensor, or nothing if it is not planned
     */
    public Optional<PlannedTensor> find(String name) {
        return Optional.ofNullable(tensors.get(name));
    }
}
