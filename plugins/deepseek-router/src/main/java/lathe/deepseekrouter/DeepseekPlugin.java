package lathe.deepseekrouter;

import java.util.List;

import lathe.spi.Method;
import lathe.spi.Plugin;

/** Brings the router {@code deepseek}. */
public final class DeepseekPlugin implements Plugin {
    @Override
    public List<Method<?>> methods() {
        return List.of(Method.router("deepseek", DeepseekConfig.class, DeepseekRouter::new)
                .cites("arXiv:2412.19437", "DeepSeek-V3 Technical Report")
                .summary("Sends every token to its k best experts within its best groups of experts, with a correction"
                        + " bias that balances the choice but not the weights.")
                .example(
                        "served { serve = dense, router { use = deepseek, score = sigmoid, groups = 8, kept-groups = 4,"
                                + " scale = 2.5 } }")
                .stage("bias-update", BiasUpdate::stage));
    }
}
