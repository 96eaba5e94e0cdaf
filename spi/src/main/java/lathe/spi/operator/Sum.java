package lathe.spi.operator;

import java.util.List;
import java.util.SequencedMap;

import lathe.spi.tensor.Tensor;

/**
 * Several weights that add up: quantised codes plus sparse outliers, a base plus a low-rank correction.
 *
 * @param terms at least one, all of one shape
 */
public record Sum(List<LinearOperator> terms) implements LinearOperator {
    /** Checks that all terms have one shape. */
    public Sum {
        terms = List.copyOf(terms);
        if (terms.isEmpty()) {
            throw new IllegalArgumentException("A sum needs at least one term.");
        }
        LinearOperator first = terms.getFirst();
        for (LinearOperator term : terms) {
            if (term.outFeatures() != first.outFeatures() || term.inFeatures() != first.inFeatures()) {
                throw new IllegalArgumentException("A " + term.form() + " of [" + term.outFeatures() + ", "
                        + term.inFeatures() + "] cannot be added to a " + first.form() + " of [" + first.outFeatures()
                        + ", "
                        + first.inFeatures() + "].");
            }
        }
    }

    /**
     * A sum.
     *
     * @param terms at least one, all of one shape
     * @return their sum
     */
    public static Sum of(LinearOperator... terms) {
        return new Sum(List.of(terms));
    }

    @Override
    public int outFeatures() {
        return terms.getFirst().outFeatures();
    }

    @Override
    public int inFeatures() {
        return terms.getFirst().inFeatures();
    }

    @Override
    public String form() {
        return "sum";
    }

    @Override
    public SequencedMap<String, Tensor> parts() {
        SequencedMap<String, Tensor> parts = Parts.of();
        for (int i = 0; i < terms.size(); i++) {
            Parts.nest(parts, Integer.toString(i), terms.get(i).parts());
        }
        return parts;
    }

    @Override
    public SequencedMap<String, String> attributes() {
        SequencedMap<String, String> attributes = Parts.of("terms", Integer.toString(terms.size()));
        for (int i = 0; i < terms.size(); i++) {
            attributes.put(Integer.toString(i), terms.get(i).form());
            Parts.nest(attributes, Integer.toString(i), terms.get(i).attributes());
        }
        return attributes;
    }
}
