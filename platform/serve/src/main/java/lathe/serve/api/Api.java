package lathe.serve.api;

import static java.util.Objects.requireNonNull;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;

import lathe.models.generation.GenerationRequest;
import lathe.serve.Limits;
import lathe.serve.ServedModel;
import lathe.serve.ServerOptions;
import lathe.serve.chat.ChatTemplate;
import lathe.serve.decode.DecodeLoop;
import lathe.serve.decode.TokenTexts;
import lathe.serve.http.Exchange;
import lathe.serve.http.Handler;
import lathe.spi.LatheException;

/** OpenAI's endpoints for one model. */
public final class Api implements Handler {
    private static final String COMPLETIONS = "/v1/completions";
    private static final String CHAT = "/v1/chat/completions";
    private static final String MODELS = "/v1/models";
    private static final String HEALTH = "/health";
    private static final List<String> READ = List.of("GET", "HEAD");

    private final ServedModel model;
    private final Limits limits;
    private final Optional<String> key;
    private final LocalHosts hosts;
    private final PromptReader reader;
    private final DecodeLoop loop;
    private final Consumer<String> log;
    private final TokenTexts texts;
    private final long created = Instant.now().getEpochSecond();

    /**
     * @param model   who answers
     * @param options what is accepted, where it is listened, and what clients must bring
     * @param loop    computes continuations
     * @param log     takes a line a request
     */
    public Api(ServedModel model, ServerOptions options, DecodeLoop loop, Consumer<String> log) {
        this.model = requireNonNull(model, "model is null");
        this.limits = requireNonNull(options, "options is null").limits();
        this.key = options.key();
        this.hosts = new LocalHosts(options.host());
        this.reader = new PromptReader(model.tokenizer(), model.vocabulary(), model.contextLength());
        this.loop = requireNonNull(loop, "loop is null");
        this.log = requireNonNull(log, "log is null");
        this.texts = new TokenTexts(model.tokenizer());
    }

    @Override
    public void handle(Exchange exchange) {
        Call call = new Call(exchange, log);
        try {
            route(call);
        } catch (ApiError refused) {
            call.fail(refused);
        } catch (LatheException wrong) {
            call.fail(ApiError.wrong(wrong.getMessage()));
        } catch (RuntimeException | Error bug) {
            call.fail(ApiError.server("Lathe has a bug: " + bug + "."));
        }
    }

    private void route(Call call) {
        requireLocalName(call.exchange());
        String path = call.exchange().path();
        if (path.equals(HEALTH)) {
            require(call, READ);
            JsonObject health = new JsonObject();
            health.addProperty("status", "ok");
            call.respond(200, health, "");
            return;
        }
        authorise(call.exchange());
        switch (path) {
            case COMPLETIONS -> completions(call);
            case CHAT -> chat(call);
            case MODELS -> {
                require(call, READ);
                call.respond(200, models(), "");
            }
            default -> {
                if (!path.startsWith(MODELS + "/")) {
                    throw ApiError.unknownPath(call.exchange().method(), path);
                }
                require(call, READ);
                requireModel(path.substring(MODELS.length() + 1));
                call.respond(200, description(), "");
            }
        }
    }

    /** Without a key only this machine is answered, and a page in its browser is not of it. */
    private void requireLocalName(Exchange exchange) {
        if (key.isEmpty()) {
            exchange.header("Host").filter(host -> !hosts.include(host)).ifPresent(host -> {
                throw ApiError.foreignHost(host);
            });
        }
    }

    private void authorise(Exchange exchange) {
        if (key.isPresent()) {
            String given = exchange.header("Authorization").orElse("");
            // Takes as long for a wrong key as for another wrong key.
            if (!MessageDigest.isEqual(bytes(given), bytes("Bearer " + key.get()))) {
                throw ApiError.withoutKey();
            }
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static void require(Call call, List<String> methods) {
        Exchange exchange = call.exchange();
        if (!methods.contains(exchange.method())) {
            throw ApiError.wrongMethod(exchange.method(), exchange.path(), methods);
        }
    }

    private void requireModel(String asked) {
        if (!asked.equals(model.name())) {
            throw ApiError.unknownModel(asked, model.name());
        }
    }

    private JsonObject models() {
        JsonArray list = new JsonArray();
        list.add(description());
        JsonObject models = new JsonObject();
        models.addProperty("object", "list");
        models.add("data", list);
        return models;
    }

    private JsonObject description() {
        JsonObject description = new JsonObject();
        description.addProperty("id", model.name());
        description.addProperty("object", "model");
        description.addProperty("created", created);
        description.addProperty("owned_by", "lathe");
        description.addProperty("max_model_len", model.contextLength());
        return description;
    }

    private Body read(Call call) {
        require(call, List.of("POST"));
        Body body = Body.parse(call.exchange().body());
        body.text("model").ifPresent(this::requireModel);
        return body;
    }

    private void completions(Call call) {
        Body body = read(call);
        Wanted wanted = Wanted.forText(body, model.contextLength(), limits.choices());
        List<Prompt> prompts = reader.all(
                body.value("prompt").orElseThrow(() -> ApiError.parameter("prompt", "'prompt' is missing.")),
                limits.choices());
        Wanted.refuseOthers(body);
        answer(call, new TextForm(model.name(), texts), wanted, prompts);
    }

    private void chat(Call call) {
        Body body = read(call);
        Wanted wanted = Wanted.forChat(body, model.contextLength(), limits.choices());
        ChatTemplate template = model.template().orElseThrow(() -> ApiError.wrong("The model " + model.name()
                + " has no chat template (chat_template in tokenizer_config.json, or a file chat_template.jinja); send a "
                + "text to " + COMPLETIONS + " instead."));
        template.problem().ifPresent(problem -> {
            throw ApiError
                    .wrong("The model " + model.name() + " takes no conversations: " + problem + " Send a text to "
                            + COMPLETIONS + " instead.");
        });
        String text = template.render(Messages.read(body), body.flag("add_generation_prompt").orElse(true),
                Messages.more(body));
        Wanted.refuseOthers(body);
        answer(call, new ChatForm(model.name(), texts), wanted, List.of(reader.ofText(text, false)));
    }

    private void answer(Call call, Form form, Wanted wanted, List<Prompt> prompts) {
        if (prompts.size() * wanted.choices() > limits.choices()) {
            throw ApiError.parameter("n", prompts.size() + " prompts with " + wanted.choices()
                    + " continuations each are more than the limit of " + limits.choices() + " at once.");
        }
        Answer answer = new Answer(call, form, wanted, prompts);
        int index = 0;
        for (Prompt prompt : prompts) {
            int newTokens = newTokens(prompt, wanted);
            for (int i = 0; i < wanted.choices(); i++) {
                Set<Integer> ends = wanted.ignoresEnds() ? Set.of() : model.tokenizer().special().ends();
                answer.add(new Choice(index++, prompt, wanted, model.tokenizer(), answer),
                        new GenerationRequest(prompt.ids(), newTokens, wanted.sampling(i), ends, model.chunk()));
            }
        }
        if (!answer.start(loop)) {
            throw ApiError.busy(limits.waiting());
        }
    }

    private int newTokens(Prompt prompt, Wanted wanted) {
        int length = prompt.ids().length;
        if (length == 0) {
            throw ApiError.parameter("prompt", "A prompt needs at least one token, and this one has none.");
        }
        int most = model.contextLength() - length;
        int asked = wanted.newTokens().orElse(Math.max(most, 1));
        if (asked > most) {
            throw ApiError.parameter("prompt", "context_length_exceeded", "This model's context length is "
                    + model.contextLength() + " tokens; the prompt has " + length + " and " + asked
                    + " new ones are asked for.");
        }
        return asked;
    }
}
