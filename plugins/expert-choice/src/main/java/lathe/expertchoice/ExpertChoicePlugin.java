package lathe.expertchoice;

import java.util.List;

import lathe.spi.Method;
import lathe.spi.Plugin;

/** Brings the router {@code expert-choice}. */
public final class ExpertChoicePlugin implements Plugin {
    @Override
    public List<Method<?>> methods() {
        return List.of(Method.router("expert-choice", ExpertChoiceConfig.class, ExpertChoiceRouter::new)
                .cites("arXiv:2202.09368", "Mixture-of-Experts with Expert Choice Routing")
                .summary("Lets every expert take its best tokens of a sequence, so that loads are equal; later tokens"
                        + " decide with about earlier ones.")
                .example("served { serve = dense, router { use = expert-choice, f = 2 } }"));
    }
}
