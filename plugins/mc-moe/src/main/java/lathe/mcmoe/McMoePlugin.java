package lathe.mcmoe;

import java.util.List;

import lathe.spi.Method;
import lathe.spi.Plugin;

/** Brings the Mixture Compressor: bits for experts, and the router that leaves weak second experts out. */
public final class McMoePlugin implements Plugin {
    private static final String PAPER = "arXiv:2410.06270";
    private static final String TITLE = "Mixture Compressor for Mixture-of-Experts LLMs Gains More";

    @Override
    public List<Method<?>> methods() {
        return List.of(
                Method.quantizer("mc-moe", McMoeConfig.class, McMoeQuantizer::new)
                        .cites(PAPER, TITLE)
                        .summary("Gives each expert one to three bits by an integer programme over its significance.")
                        .stage("allocate-bits", McMoeStages::allocateBits)
                        .stage("expert-significance", McMoeStages::significance)
                        .stage("online-pruning", McMoeStages::onlinePruning),
                Method.router("mc-moe", OnlinePruningConfig.class, OnlinePruningRouter::new)
                        .cites(PAPER, TITLE)
                        .numericsRevision(2)
                        .summary(
                                "Leaves the second expert out where it is weak, except for the most important tokens."));
    }
}
