package lathe.models.transformer;

import java.util.Map;
import java.util.Optional;

import lathe.models.architecture.ModelFolder;
import lathe.models.architecture.PlannedTensor;
import lathe.models.architecture.Slot;
import lathe.models.architecture.TensorRole;
import lathe.models.architecture.Weight;
import lathe.models.checkpoint.TensorEntry;
import lathe.spi.LatheException;
import lathe.spi.model.Role;
import lathe.spi.model.Site;
import lathe.spi.operator.Dense;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Sees the mapped tensors of a folder as a model's weights; copies only what does not lie in one piece. */
final class WeightsReader {
    private WeightsReader() {}

    static ModelWeights read(ModelFolder folder, Scope scope, Optional<QuantizedReader> quantized) {
        ModelWeights.Builder builder = new ModelWeights.Builder();
        if (folder.quantization().isPresent()) {
            readQuantized(folder, scope, quantized, builder);
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

    private static void readQuantized(ModelFolder folder, Scope scope, Optional<QuantizedReader> reader,
            ModelWeights.Builder builder) {
        for (PlannedTensor tensor : folder.plan().tensors().values()) {
            for (PlannedTensor.Part part : tensor.parts()) {
                Map<String, TensorEntry> entries = folder.quantizedParts(part.slot());
                if (!entries.isEmpty()) {
                    QuantizedReader known = reader.orElseThrow(() -> new LatheException("The weights of "
                            + folder.folder().getFileName() + " are quantised ("
                            + folder.quantization().get().get("quant_method")
                            + "); they cannot be run where only dense weights are read."));
                    builder.operator(place(part.slot(), part.slot().role().siteRole().orElseThrow()),
                            known.read(part.slot(), entries, scope));
                }
            }
        }
    }

    private static void add(ModelWeights.Builder builder, Slot slot, Tensor tensor) {
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
