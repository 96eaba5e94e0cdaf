package lathe.noisytopk;

import java.util.List;

import lathe.spi.Method;
import lathe.spi.Plugin;

/** Brings the router {@code noisy-topk}. */
public final class NoisyTopkPlugin implements Plugin {
    @Override
    public List<Method<?>> methods() {
        return List.of(Method.router("noisy-topk", NoisyTopkConfig.class, NoisyTopkRouter::new)
                .cites("arXiv:1701.06538",
                        "Outrageously Large Neural Networks: The Sparsely-Gated Mixture-of-Experts Layer")
                .summary(
                        "Sends every token to its k best experts, in training after adding learned noise to the logits.")
                .example("served { serve = dense, router { use = noisy-topk } }"));
    }
}
