package lathe.runtime.portrait;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import lathe.models.transformer.RunnableModel;
import lathe.report.HeatMap;
import lathe.spi.tensor.Scope;

/** Takes the maps of a model that is judged. */
public final class Portrait {
    /** Tokens of the text that attention and experts are looked at with. */
    private static final int TOKENS = 256;

    private Portrait() {}

    /**
     * Looks at a model: its weights as they are stored, and one pass over the beginning of the text.
     *
     * @param model what is judged
     * @param node  the name that it has in the experiment
     * @param text  tokens of the evaluation text; may be empty
     * @param scope where the pass computes
     * @return the maps that show anything
     */
    public static List<HeatMap> of(RunnableModel model, String node, int[] text, Scope scope) {
        requireNonNull(model, "model is null");
        requireNonNull(node, "node is null");
        List<HeatMap> maps = new ArrayList<>(new WeightMaps(
                model.transformer().weights(), model.info().layers().size(), node).maps());
        boolean experts = model.info().isMixtureOfExperts();
        boolean attention = model.plan().attention().isPresent() || maps.isEmpty() && !experts;
        if (text.length > 1 && (experts || attention)) {
            PassMaps pass = new PassMaps(attention);
            model.observe(Arrays.copyOf(text, Math.min(TOKENS, text.length)), pass, scope);
            maps.addAll(pass.maps(node));
        }
        return maps;
    }
}
