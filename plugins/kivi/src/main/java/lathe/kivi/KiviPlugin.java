package lathe.kivi;

import java.util.List;

import lathe.spi.Method;
import lathe.spi.Plugin;

/** Brings KIVI. */
public final class KiviPlugin implements Plugin {
    @Override
    public List<Method<?>> methods() {
        return List.of(Method.kvPolicy("kivi", KiviConfig.class, Kivi::new)
                .cites("arXiv:2402.02750", "KIVI: A Tuning-Free Asymmetric 2bit Quantization for KV Cache")
                .summary("Keeps all tokens in 2 or 4 bits: keys per channel, values per token, the newest exact."));
    }
}
