package lathe.flap;

import java.util.List;

import lathe.spi.Method;
import lathe.spi.Plugin;

/** Brings the pruner {@code flap}. */
public final class FlapPlugin implements Plugin {
    @Override
    public List<Method<?>> methods() {
        return List.of(Method.blockPruner("flap", FlapConfig.class, FlapPruner::new)
                .numericsRevision(2)
                .cites("arXiv:2312.11983", "Fluctuation-based Adaptive Structured Pruning for Large Language Models")
                .summary("Cuts out heads and neurons that hardly fluctuate and puts their mean output back as a bias.")
                .example("narrow { prune = flap, of = dense, pruningRatio = 0.2, calibration { data = ${data.text} } }")
                .stage("channel-scores", Stages::channelScores)
                .stage("allocate", Stages::allocate));
    }
}
