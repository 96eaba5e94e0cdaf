package lathe.models.transformer;

import java.util.List;
import java.util.Map;
import java.util.Optional;

import lathe.models.architecture.ModelFolder;
import lathe.models.architecture.PlannedTensor;
import lathe.models.architecture.Slot;
import lathe.models.architecture.TensorRole;
import lathe.models.architecture.Weight;
import lathe.models.exchange.layout.InputRounding;
import lathe.models.exchange.layout.QuantizedWeights;
import lathe.models.exchange.stored.StoredWeights;
import lathe.spi.LatheException;
import lathe.spi.model.Role;
import lathe.spi.model.Site;
import lathe.spi.operator.Dense;
import lathe.spi.operator.LinearOperator;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Sees the mapped tensors of a folder as a model's weights; copies only what does not lie in one piece
 * or is stored quantised in a layout that Lathe does not compute with. */
final class WeightsReader {
    private WeightsReader() {}

    static ModelWeights read(ModelFolder folder, Scope scope) {
        if (StoredWeights.describes(folder.quantization())) {
            return StoredWeights.read(folder, scope);
        }
        WeightsBuilder builder = new WeightsBuilder();
        if (folder.quantization().isPresent()) {
            readQuantized(folder, scope, builder);
        }
        for (Map.Entry<Slot, Weight> entry : folder.weights().entrySet()) {
            Slot slot = entry.getKey();
            if (slot.role() == TensorRole.HEAD && folder.config().tied()) {
                continue;
            }
            add(builder, slot, entry.getValue().tensor(scope));
        }
        return builder.build();
    }

    private static void readQuantized(ModelFolder folder, Scope scope, WeightsBuilder builder) {
        QuantizedWeights quantized = QuantizedWeights.of(folder);
        for (PlannedTensor tensor : folder.plan().tensors().values()) {
            Optional<LinearOperator> whole = quantized.read(tensor, scope);
            Optional<InputRounding> inputs = whole.flatMap(found -> quantized.inputs(tensor));
            Optional<Tensor> bias = whole.flatMap(found -> quantized.unplannedBias(tensor, scope));
            for (PlannedTensor.Part part : whole.isPresent() ? tensor.parts() : List.<PlannedTensor.Part>of()) {
                Role role = part.slot().role().siteRole().orElseThrow(() -> new LatheException("The weight "
                        + part.slot() + " of " + folder.folder().getFileName()
                        + " is quantised; only linears can be."));
                Place place = place(part.slot(), role);
                builder.operator(place, QuantizedWeights.rows(whole.get(), part.rows()));
                inputs.ifPresent(rounding -> builder.inputs(place, rounding));
                bias.ifPresent(all -> builder.bias(place, QuantizedWeights.rows(all, part.rows())));
            }
        }
    }

    private static void add(WeightsBuilder builder, Slot slot, Tensor tensor) {
        if (slot.role().siteRole().isEmpty()) {
            String name = ModelWeights.vectorName(slot.block(), slot.role());
            builder.vector(slot.bias() ? name + "_bias" : name, tensor);
            return;
        }
        Place place = place(slot, slot.role().siteRole().get());
        if (slot.bias()) {
            builder.bias(place, tensor);
        } else {
            builder.operator(place, new Dense(tensor));
        }
    }

    static Place place(Slot slot, Role role) {
        int expert = switch (slot.role()) {
            case SHARED_GATE, SHARED_UP, SHARED_DOWN -> Site.SHARED_EXPERT;
            default -> slot.expert() == Slot.NONE ? Site.NO_EXPERT : slot.expert();
        };
        return new Place(slot.block() == Slot.NONE ? -1 : slot.block(), role, expert);
    }
}
