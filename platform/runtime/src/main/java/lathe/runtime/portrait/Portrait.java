package lathe.runtime.portrait;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import lathe.models.transformer.ForwardListener;
import lathe.models.transformer.RunnableModel;
import lathe.models.transformer.ServingPlan;
import lathe.report.HeatMap;
import lathe.spi.LatheException;
import lathe.spi.Notes;
import lathe.spi.graph.LanguageModel;
import lathe.spi.tensor.Scope;

/** Takes the maps of a model that is judged. */
public final class Portrait {
    /** Tokens of the text that attention and experts are looked at with. */
    private static final int TOKENS = 256;
    /** Tokens that serving methods are heard with. */
    private static final int HEARD = 512;

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

    /**
     * Runs the beginning of the text through the model as it is served, for what its methods note.
     *
     * @param model what is judged
     * @param text  tokens of the evaluation text; may be empty
     * @param notes take what is noted
     * @param scope where the pass computes
     */
    public static void listen(RunnableModel model, int[] text, MethodNotes notes, Scope scope) {
        ServingPlan plan = model.plan();
        boolean plain = plan.attention().isEmpty() && plan.cache() instanceof ServingPlan.Cache.Full;
        if (text.length < 2 || plain && !model.info().isMixtureOfExperts()) {
            return;
        }
        ForwardListener ear = new ForwardListener() {
            @Override
            public Notes notes(int block) {
                return notes.serving(block);
            }
        };
        try (Scope local = scope.child();
                LanguageModel.Session session = model.watchedBy(ear).open()) {
            session.advance(Arrays.copyOf(text, Math.min(HEARD, text.length)), local);
        } catch (LatheException without) {
            // What cannot generate, such as a pattern that hides what the cache asks for, can still be judged by windows.
            return;
        }
    }
}
