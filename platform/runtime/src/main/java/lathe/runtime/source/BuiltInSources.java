package lathe.runtime.source;

import java.util.List;

import lathe.spi.Method;

/** The sources that every installation has. */
public final class BuiltInSources {
    private BuiltInSources() {}

    /**
     * All sources as methods.
     *
     * @return random-model, text-files
     */
    public static List<Method<?>> methods() {
        return List.of(
                Method.modelSource("random-model", RandomModel.Sizes.class, RandomModel::new)
                        .summary("A model of stated sizes with random weights, for measurements of speed and memory.")
                        .example("large { load { use = random-model, layers = 22, hidden = 2048 } }"),
                Method.dataSource("text-files", TextFiles.Settings.class, TextFiles::new)
                        .summary("The documents of text and JSONL files.")
                        .example("corpus { data = text-files, files = [\"a.txt\", \"b.jsonl\"] }"));
    }
}
