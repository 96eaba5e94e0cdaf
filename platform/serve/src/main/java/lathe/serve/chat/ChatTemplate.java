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
    private static final String CONFIG = "tokenizer_config.json";
    private static final String USUAL = "default";
    private static final String OWN = "chat_template.jinja";

    private final Optional<Template> template;
    private final Map<String, Object> tokens;
    private final Optional<String> problem;

    private ChatTemplate(Optional<Template> template, Map<String, Object> tokens, Optional<String> problem) {
        this.template = requireNonNull(template, "template is null");
        this.tokens = requireNonNull(tokens, "tokens is null");
        this.problem = requireNonNull(problem, "problem is null");
    }

    /**
     * The template of a model's folder: the file {@code chat_template.jinja}, else {@code chat_template} of
     * {@code tokenizer_config.json} (a text, or a list of named ones of which {@code default} is taken). One that cannot be
     * read is there all the same, with its {@link #problem}: texts can be continued without it.
     *
     * @param folder of a model
     * @return nothing if it has none
     */
    public static Optional<ChatTemplate> of(Path folder) {
        Path own = folder.resolve(OWN);
        String file = Files.isRegularFile(own) ? OWN : CONFIG;
        try {
            Path described = folder.resolve(CONFIG);
            Map<String, Object> config = Files.isRegularFile(described)
                    ? StrictJson.readObject(described, LONGEST)
                    : Map.of();
            Optional<String> source = file.equals(OWN) ? Optional.of(read(own)) : source(config);
            return source.map(text -> new ChatTemplate(Optional.of(Template.parse(text)), tokens(config),
                    Optional.empty()));
        } catch (LatheException broken) {
            return Optional.of(new ChatTemplate(Optional.empty(), Map.of(),
                    Optional.of(file + ": " + broken.getMessage())));
        }
    }

    /**
     * Why no conversation can be written.
     *
     * @return a sentence that names the file and, of a broken template, the line; nothing if all is well
     */
    public Optional<String> problem() {
        return problem;
    }

    /**
     * Writes a conversation.
     *
     * @param messages each with a role and a content
     * @param prompts  whether the beginning of the next answer is added
     * @param more     further variables of the template
     * @return the prompt, with its special tokens spelled out
     * @throws LatheException if the template has a problem, refuses the conversation or cannot be rendered
     */
    public String render(List<Map<String, Object>> messages, boolean prompts, Map<String, Object> more) {
        Template usable = template.orElseThrow(() -> new LatheException(problem.orElseThrow()));
        Map<String, Object> variables = new LinkedHashMap<>(tokens);
        variables.put("tools", null);
        variables.put("documents", null);
        variables.putAll(more);
        variables.put("messages", messages);
        variables.put("add_generation_prompt", prompts);
        return usable.render(variables);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException failure) {
            throw new LatheException("The chat template cannot be read as UTF-8: " + failure.getMessage() + ".",
                    failure);
        }
    }

    private static Optional<String> source(Map<String, Object> config) {
        return switch (config.get("chat_template")) {
            case String text -> Optional.of(text);
            case List<?> named -> Optional.of(usual(named));
            case null, default -> Optional.empty();
        };
    }

    private static String usual(List<?> named) {
        Map<String, String> templates = new LinkedHashMap<>();
        for (Object entry : named) {
            if (entry instanceof Map<?, ?> one) {
                templates.put(String.valueOf(one.get("name")), String.valueOf(one.get("template")));
            }
        }
        if (!templates.containsKey(USUAL)) {
            throw new LatheException("Of the chat templates by name (" + String.join(", ", templates.keySet())
                    + ") none is called '" + USUAL
                    + "', which is the one that is used; rename one, or write it to a file "
                    + OWN + ".");
        }
        return templates.get(USUAL);
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
