package lathe.runtime.price;

import java.util.List;

import lathe.runtime.graph.MethodUse;
import lathe.runtime.graph.ModelSketch;
import lathe.runtime.graph.Settings;
import lathe.spi.model.LayerInfo;

/** The price of judging one model. */
final class JudgePrice {
    private static final long BASE = 32L << 20;
    private static final long LOGITS = 3L * (Float.BYTES << 24);
    private static final long REMEMBERED = 512L << 20;
    private static final long QUESTION = 400;

    private final ModelSketch model;
    private final MachineRate rate;

    JudgePrice(ModelSketch model, MachineRate rate) {
        this.model = model;
        this.rate = rate;
    }

    /** @param compared whether there is a reference; @param text tokens of the text */
    Price metrics(List<MethodUse> metrics, boolean compared, long text) {
        long memory = BASE;
        double seconds = 0;
        for (MethodUse use : metrics) {
            Keys keys = new Keys(use);
            boolean cached = keys.text("protocol").orElse("").toUpperCase(java.util.Locale.ROOT).startsWith("THROUGH");
            long window = keys.number("window").orElse(0.0).longValue();
            long windows = keys.number("windows").orElse(0.0).longValue();
            long tokens = window == 0
                    ? keys.number("samples").orElse(0.0).longValue() * QUESTION
                    : windows == 0 ? text : window * windows;
            long logits = Math.min(LOGITS, 3 * Float.BYTES * window * model.info().vocabulary());
            memory = Math.max(memory, BASE + Math.max(logits, 3L * Float.BYTES * window * model.info().vocabulary())
                    + (compared ? Math.min(REMEMBERED, Float.BYTES * tokens * model.info().vocabulary()) : 0)
                    + (cached || window == 0 ? cache(Math.min(64, Math.max(1, windows)) * Math.max(window, QUESTION))
                            : 0));
            seconds += 2.0 * model.computedParameters() * tokens / rate.multiplications()
                    + (cached ? tokens / 64.0 * model.bytes() / rate.bytes() : 0);
        }
        return new Price(memory, 0, seconds);
    }

    Price speed(Settings.Benchmark settings) {
        double prompt = 2.0 * model.computedParameters() * settings.prompt() / rate.multiplications();
        double generated = settings.generate() * (model.bytes() / rate.bytes());
        return new Price(BASE + cache(settings.prompt() + (long) settings.generate()), 0,
                (settings.repeats() + 1) * (prompt + generated));
    }

    private long cache(long tokens) {
        long width = model.info().layers().stream().mapToLong(JudgePrice::width).sum();
        return Float.BYTES * tokens * width;
    }

    private static long width(LayerInfo layer) {
        return (long) layer.kvHeads() * (layer.headDim() + layer.valueDim());
    }
}
