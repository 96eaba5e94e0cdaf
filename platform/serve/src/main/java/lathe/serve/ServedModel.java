package lathe.serve;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.Optional;

import lathe.models.tokenizer.Tokenizer;
import lathe.models.transformer.RunnableModel;
import lathe.models.transformer.ServingPlan;
import lathe.serve.chat.ChatTemplate;
import lathe.spi.tensor.Scope;

/**
 * A model as clients see it.
 *
 * @param name      how clients call it
 * @param model     what generates
 * @param tokenizer its tokenizer
 * @param template  how conversations become prompts, if the model says
 * @param scope     owner of logits and caches
 */
public record ServedModel(String name, RunnableModel model, Tokenizer tokenizer, Optional<ChatTemplate> template,
        Scope scope) {
    /** Tokens of a prompt taken in at one step, so that a long prompt does not hold up all other answers. */
    private static final int CHUNK = 512;

    /** Checks that all parts are there. */
    public ServedModel {
        requireNonNull(name, "name is null");
        requireNonNull(model, "model is null");
        requireNonNull(tokenizer, "tokenizer is null");
        requireNonNull(template, "template is null");
        requireNonNull(scope, "scope is null");
    }

    /**
     * A model with the chat template of its folder.
     *
     * @param name      how clients call it
     * @param model     what generates
     * @param tokenizer its tokenizer
     * @param folder    with tokenizer_config.json and perhaps chat_template.jinja
     * @param scope     owner of logits and caches
     * @return the model; conversations are refused if its template has a problem
     */
    public static ServedModel of(String name, RunnableModel model, Tokenizer tokenizer, Path folder, Scope scope) {
        return new ServedModel(name, model, tokenizer, ChatTemplate.of(folder), scope);
    }

    /**
     * Positions that the model was made for.
     *
     * @return tokens of prompt and continuation together
     */
    public int contextLength() {
        return model.info().contextLength();
    }

    /**
     * Tokens that the model knows.
     *
     * @return rows of its embedding
     */
    public int vocabulary() {
        return model.transformer().config().vocabulary();
    }

    /**
     * How prompts are taken in. A model with an attention pattern or a cache policy sees its prompts whole, as when it was
     * judged.
     *
     * @return tokens a step, 0 for all
     */
    public int chunk() {
        ServingPlan plan = model.plan();
        return plan.attention().isEmpty() && plan.cache() instanceof ServingPlan.Cache.Full ? CHUNK : 0;
    }
}
