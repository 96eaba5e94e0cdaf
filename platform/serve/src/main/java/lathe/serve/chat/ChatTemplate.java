package lathe.serve.chat;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import lathe.models.checkpoint.StrictJson;
import lathe.serve.template.Template;
import lathe.spi.LatheException;

/**
 * How a model wants a conversation to be written: the Jinja template that comes with its tokenizer, rendered as
 * transformers' {@code apply_chat_template} does.
 */
public final class ChatTemplate {
    private static final long LONGEST = 16_000_000;
    private static final List<String> ROLES = List.of("bos", "eos", "pad", "unk");

    private final Template template;
    private final Map<String, Object> tokens;

    private ChatTemplate(Template template, Map<String, Object> tokens) {
        this.template = requireNonNull(template, "template is null");
        this.tokens = tokens;
    }

    /**
     * The template of a model's folder: the file {@code chat_template.jinja}, else {@code chat_template} of
     * {@code tokenizer_config.json} (a text, or a list of named ones of which {@code default} is taken).
     *
     * @param folder of a model
     * @return nothing if it has none
     * @throws LatheException if the template cannot be read
     */
    public static Optional<ChatTemplate> of(Path folder) {
        Path file = folder.resolve("tokenizer_config.json");
        Map<String, Object> config = Files.isRegularFile(file) ? StrictJson.readObject(file, LONGEST) : Map.of();
        Path own = folder.resolve("chat_template.jinja");
        Optional<String> source = Files.isRegularFile(own) ? Optional.of(read(own)) : source(config);
        return source.map(text -> new ChatTemplate(Template.parse(text), tokens(config)));
    }

    /**
     * Writes a conversation.
     *
     * @param messages each with a role and a content
     * @param prompts  whether the beginning of the next answer is added
     * @param more     further variables of the template
     * @return the prompt, with its special tokens spelled out
     * @throws LatheException if the template refuses the conversation or cannot be rendered
     */
    public String render(List<Map<String, Object>> messages, boolean prompts, Map<String, Object> more) {
        Map<String, Object> variables = new LinkedHashMap<>(tokens);
        variables.put("tools", null);
        variables.put("documents", null);
        variables.putAll(more);
        variables.put("messages", messages);
        variables.put("add_generation_prompt", prompts);
        return template.render(variables);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException failure) {
            throw new LatheException("The chat template " + file + " cannot be read: " + failure.getMessage() + ".",
                    failure);
        }
    }

    private static Optional<String> source(Map<String, Object> config) {
        return switch (config.get("chat_template")) {
            case String text -> Optional.of(text);
            case List<?> named -> named.stream()
                    .filter(entry -> entry instanceof Map<?, ?> one && "default".equals(one.get("name")))
                    .map(entry -> String.valueOf(((Map<?, ?>) entry).get("template"))).findFirst();
            case null, default -> Optional.empty();
        };
    }

    private static Map<String, Object> tokens(Map<String, Object> config) {
        Map<String, Object> tokens = new LinkedHashMap<>();
        for (String role : ROLES) {
            Object token = config.get(role + "_token");
            Object text = token instanceof Map<?, ?> described ? described.get("content") : token;
            if (text instanceof String spelled) {
                tokens.put(role + "_token", spelled);
            }
        }
        return tokens;
    }
}
