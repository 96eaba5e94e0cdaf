package lathe.models.exchange;

import java.util.Optional;

import lathe.models.architecture.PlannedTensor;
import lathe.models.architecture.Slot;
import lathe.models.architecture.TensorRole;
import lathe.models.transformer.ModelWeights;
import lathe.spi.LatheException;
import lathe.spi.model.Role;
import lathe.spi.model.Site;
import lathe.spi.operator.LinearOperator;
import lathe.spi.tensor.Tensor;

/**
 * What a model holds for one part of a planned tensor: a linear, or a vector or bias.
 *
 * @param part     the part
 * @param operator a linear
 * @param tensor   a vector, a bias, or a matrix that is no linear
 */
record StoredPart(PlannedTensor.Part part, Optional<LinearOperator> operator, Optional<Tensor> tensor) {
    /** Stands behind the name of a linear for its bias. */
    static final String BIAS = " (bias)";

    /** The name of what fills a slot, as sites and vectors are named. */
    static String name(Slot slot) {
        int block = block(slot);
        if (slot.role().siteRole().isEmpty()) {
            String name = ModelWeights.vectorName(block, slot.role());
            return slot.bias() ? name + "_bias" : name;
        }
        String name = new Site(block, slot.role().siteRole().get(), expert(slot), 1, 1).name();
        return slot.bias() ? name + BIAS : name;
    }

    private static int block(Slot slot) {
        return slot.block() == Slot.NONE ? -1 : slot.block();
    }

    static StoredPart of(PlannedTensor.Part part, ModelWeights weights) {
        Slot slot = part.slot();
        int block = block(slot);
        Optional<Role> role = slot.role().siteRole();
        if (role.isEmpty()) {
            return vector(part, weights.vector(name(slot)));
        }
        if (slot.bias()) {
            return vector(part, weights.bias(block, role.get(), expert(slot)));
        }
        Optional<LinearOperator> operator = slot.role() == TensorRole.HEAD && weights.tied()
                ? Optional.of(weights.head())
                : weights.find(block, role.get(), expert(slot));
        return new StoredPart(part, Optional.of(operator.orElseThrow(() -> missing(slot))), Optional.empty());
    }

    private static StoredPart vector(PlannedTensor.Part part, Optional<Tensor> tensor) {
        return new StoredPart(part, Optional.empty(), Optional.of(tensor.orElseThrow(() -> missing(part.slot()))));
    }

    private static LatheException missing(Slot slot) {
        return new LatheException("The model has no " + slot
                + " any more, which its config calls for; such a change of structure cannot be exported.");
    }

    private static int expert(Slot slot) {
        return switch (slot.role()) {
            case SHARED_GATE, SHARED_UP, SHARED_DOWN -> Site.SHARED_EXPERT;
            default -> slot.expert() == Slot.NONE ? Site.NO_EXPERT : slot.expert();
        };
    }

    /** Rows of what is held; the length of a vector. */
    int rows() {
        return operator.map(LinearOperator::outFeatures).orElseGet(() -> tensor.orElseThrow().size(0));
    }

    /** Columns of what is held; 1 for a vector. */
    int columns() {
        return operator.map(LinearOperator::inFeatures).orElseGet(
                () -> tensor.orElseThrow().rank() == 1 ? 1 : tensor.orElseThrow().size(1));
    }
}
