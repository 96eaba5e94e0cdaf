package lathe.testkit.golden;

import java.util.Map;

import lathe.testkit.scene.Numbers;

/** {@code prune-model}: a whole small Llama under its Hugging Face names, walked by the platform. */
final class ModelCase {
    private ModelCase() {}

    static Map<String, Numbers> prune(GoldenCase golden, Workbench bench) {
        throw new UnknownOperationException(golden);
    }
}
