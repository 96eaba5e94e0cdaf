package lathe.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

import com.github.tjake.jlama.model.AbstractModel;
import com.github.tjake.jlama.model.ModelSupport;
import com.github.tjake.jlama.safetensors.DType;
import com.github.tjake.jlama.safetensors.SafeTensorSupport;
import com.github.tjake.jlama.tensor.AbstractTensor;
import com.github.tjake.jlama.tensor.KvBufferCache;
import com.google.gson.Gson;
import com.google.gson.JsonObject;

import lathe.engine.Engine;

/**
 * The model in Jlama: the same files, in bfloat16 or as its own quantizer writes them in four bits; activations in float32,
 * which it rounds to the type of the product. It runs with its native kernels, as it does where it is installed.
 */
final class JlamaModelRun implements ModelRun {
    private final AbstractModel model;
    private final KvBufferCache caches;
    private final AbstractTensor<?, ?> logits;
    private KvBufferCache.KvBuffer cache;
    private int length;

    JlamaModelRun(BenchmarkModel files, String form) {
        try {
            Path folder = folder(files, form);
            DType products = switch (form) {
                case "f32" -> DType.F32;
                case "bf16" -> DType.BF16;
                case "q4" -> DType.I8;
                default -> throw Work.unknown("Jlama", form);
            };
            model = ModelSupport.loadModel(folder.toFile(), folder.toFile(), DType.F32, products, Optional.empty(),
                    Optional.of(Engine.shared().parallel().threads()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        caches = new KvBufferCache(model);
        logits = model.makeDenseTensor(model.getConfig().vocabularySize);
    }

    /** The files beside the model's own: it wants ids of marks in the configuration, and a README where it quantizes. */
    private static Path folder(BenchmarkModel files, String form) throws IOException {
        Path folder = files.folder().resolve("jlama");
        if (!Files.exists(folder)) {
            Files.createDirectory(folder);
            for (String name : new String[] {"model.safetensors", "tokenizer.json", "tokenizer_config.json"}) {
                Files.createSymbolicLink(folder.resolve(name), files.folder().resolve(name).toAbsolutePath());
            }
            JsonObject config = new Gson().fromJson(Files.readString(files.folder().resolve("config.json")),
                    JsonObject.class);
            Map.of("bos_token_id", 1, "eos_token_id", 2).forEach(config::addProperty);
            Files.writeString(folder.resolve("config.json"), config.toString());
            Files.writeString(folder.resolve("README.md"), "Random weights.\n");
        }
        Path quantized = files.folder().resolve("jlama-q4");
        if (form.equals("q4") && !Files.exists(quantized)) {
            // The head is the embedding, which stays as it is in Lathe, too.
            SafeTensorSupport.quantizeModel(folder, DType.Q4, new String[] {"model.embed_tokens"}, null,
                    Optional.of(quantized));
        }
        return form.equals("q4") ? quantized : folder;
    }

    @Override
    public int prefill(int[] tokens) {
        if (cache != null) {
            cache.close();
        }
        cache = caches.getEphemeralKvBuffer();
        length = tokens.length;
        try (AbstractTensor<?, ?> hidden = model.batchForward(tokens, 0, cache)) {
            return model.sample(hidden.slice(hidden.shape().first() - 1), 0, 0, logits);
        }
    }

    @Override
    public int next(int token) {
        try (AbstractTensor<?, ?> hidden = model.forward(token, length++, cache, Optional.empty())) {
            return model.sample(hidden, 0, 0, logits);
        }
    }

    @Override
    public void close() {
        if (cache != null) {
            cache.close();
        }
        caches.close();
        model.close();
    }
}
