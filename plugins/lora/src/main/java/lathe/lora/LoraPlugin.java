package lathe.lora;

import java.util.List;

import lathe.spi.Method;
import lathe.spi.Plugin;

/** Brings the tuners {@code lora}, {@code rslora} and {@code dora}. */
public final class LoraPlugin implements Plugin {
    @Override
    public List<Method<?>> methods() {
        return List.of(
                Method.tuner("lora", LoraConfig.class, config -> new LoraTuner(config, false))
                        .cites("arXiv:2106.09685", "LoRA: Low-Rank Adaptation of Large Language Models")
                        .summary("Trains a product of two thin matrices beside every frozen weight."),
                Method.tuner("rslora", LoraConfig.class, config -> new LoraTuner(config, true))
                        .cites("arXiv:2312.03732", "A Rank Stabilization Scaling Factor for Fine-Tuning with LoRA")
                        .summary("LoRA scaled by the root of the rank, so that large ranks still learn."),
                Method.tuner("dora", LoraConfig.class, config -> new DoraTuner(new LoraTuner(config, false)))
                        .cites("arXiv:2402.09353", "DoRA: Weight-Decomposed Low-Rank Adaptation")
                        .summary("LoRA for the direction of every output row, and a trained magnitude of its own."));
    }
}
