package lathe.serve.api;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.DoubleFunction;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;

import lathe.models.generation.Sampling;
import lathe.spi.LatheException;

/**
 * What is asked for beside the prompt; what text and chat requests have in common.
 *
 * @param newTokens   most tokens of each continuation; empty for as many as fit
 * @param sampling    how the tokens of the first continuation are chosen
 * @param choices     continuations of every prompt
 * @param stops       texts that end a continuation
 * @param ignoresEnds whether end tokens are taken as others are
 * @param echo        whether the prompt is part of the answer
 * @param top         alternatives of every token, if log probabilities are wanted
 * @param streams     whether pieces are sent as they come
 * @param countsLast  whether a stream ends with the count of tokens
 */
record Wanted(OptionalInt newTokens, Sampling sampling, int choices, List<String> stops, boolean ignoresEnds,
        boolean echo, OptionalInt top, boolean streams, boolean countsLast) {
    private static final int MOST_STOPS = 16;
    private static final int MOST_TOP = 20;
    private static final int TEXT_TOKENS = 16;
    /** Makes the seeds of several continuations differ; the first keeps the seed that was asked for. */
    private static final long NEXT_SEED = 0x9E3779B97F4A7C15L;

    /** Parameters that say nothing about the text, or only to whom it belongs. */
    private static final Set<String> HARMLESS = Set.of("user", "metadata", "store", "service_tier", "prompt_cache_key",
            "safety_identifier", "parallel_tool_calls", "priority", "request_id", "prediction");

    /** Parameters that are known but not supported, with the values that ask for nothing. */
    private static final Map<String, List<JsonElement>> NEUTRAL = Map.ofEntries(neutral("presence_penalty", "0"),
            neutral("frequency_penalty", "0"), neutral("logit_bias", "{}"), neutral("suffix", "\"\""),
            neutral("response_format", "{\"type\":\"text\"}"), neutral("tools", "[]"), neutral("functions", "[]"),
            neutral("tool_choice", "\"none\"", "\"auto\""), neutral("function_call", "\"none\"", "\"auto\""),
            neutral("min_tokens", "0"), neutral("use_beam_search", "false"), neutral("length_penalty", "1"),
            neutral("typical_p", "1"), neutral("skip_special_tokens", "true"),
            neutral("spaces_between_special_tokens", "true"), neutral("include_stop_str_in_output", "false"),
            neutral("modalities", "[\"text\"]"), neutral("continue_final_message", "false"));

    Wanted {
        requireNonNull(newTokens, "newTokens is null");
        requireNonNull(sampling, "sampling is null");
        requireNonNull(top, "top is null");
        stops = List.copyOf(stops);
    }

    private static Map.Entry<String, List<JsonElement>> neutral(String name, String... values) {
        return Map.entry(name, List.of(values).stream().map(JsonParser::parseString).toList());
    }

    /** Of a request that continues texts. */
    static Wanted forText(Body body, int mostTokens, int mostChoices) {
        OptionalInt tokens = OptionalInt.of(body.whole("max_tokens", 0, mostTokens).orElse(TEXT_TOKENS));
        OptionalInt top = body.value("logprobs").filter(value -> !value.toString().equals("false"))
                .map(value -> OptionalInt.of(Body.whole("logprobs", value, 0, MOST_TOP))).orElse(OptionalInt.empty());
        Wanted wanted = common(body, tokens, top, mostChoices, body.flag("echo").orElse(false));
        int best = body.whole("best_of", 1, mostChoices).orElse(wanted.choices());
        if (best != wanted.choices()) {
            throw ApiError.parameter("best_of", "unsupported_parameter",
                    "This server does not choose among continuations: 'best_of' must be the same as 'n'.");
        }
        return wanted;
    }

    /** Of a request that answers a conversation. */
    static Wanted forChat(Body body, int mostTokens, int mostChoices) {
        Optional<Integer> older = body.whole("max_tokens", 1, mostTokens);
        Optional<Integer> tokens = body.whole("max_completion_tokens", 1, mostTokens).or(() -> older);
        boolean scored = body.flag("logprobs").orElse(false);
        int top = body.whole("top_logprobs", 0, MOST_TOP).orElse(0);
        if (top > 0 && !scored) {
            throw ApiError.parameter("top_logprobs", "'top_logprobs' has a meaning only where 'logprobs' is true.");
        }
        return common(body, tokens.map(OptionalInt::of).orElse(OptionalInt.empty()),
                scored ? OptionalInt.of(top) : OptionalInt.empty(), mostChoices, false);
    }

    private static Wanted common(Body body, OptionalInt tokens, OptionalInt top, int mostChoices, boolean echo) {
        List<String> stops = body.texts("stop", MOST_STOPS).stream().filter(stop -> !stop.isEmpty()).toList();
        boolean streams = body.flag("stream").orElse(false);
        boolean counts = body.value("stream_options").map(Wanted::includesUsage).orElse(false);
        return new Wanted(tokens, sampling(body), body.whole("n", 1, mostChoices).orElse(1), stops,
                body.flag("ignore_eos").orElse(false), echo, top, streams, counts);
    }

    private static boolean includesUsage(JsonElement options) {
        if (!(options instanceof JsonObject object)) {
            throw ApiError.parameter("stream_options", "'stream_options' must be an object such as "
                    + "{\"include_usage\": true}.");
        }
        return switch (object.get("include_usage")) {
            case null -> false;
            case JsonNull none -> false;
            case JsonPrimitive flag when flag.isBoolean() -> flag.getAsBoolean();
            default -> throw ApiError.parameter("stream_options",
                    "'include_usage' of 'stream_options' must be true or false.");
        };
    }

    private static Sampling sampling(Body body) {
        Optional<Integer> topK = body.whole("top_k", -1, Integer.MAX_VALUE).filter(k -> k > 0);
        long seed = body.seed("seed").orElseGet(() -> ThreadLocalRandom.current().nextLong());
        return new Sampling(number(body, "temperature", value -> Sampling.of(value, 0)).orElse(1.0), topK,
                number(body, "top_p", Sampling.GREEDY::withTopP).filter(p -> p != 1),
                number(body, "min_p", Sampling.GREEDY::withMinP).filter(p -> p != 0),
                number(body, "repetition_penalty", Sampling.GREEDY::withRepetitionPenalty).orElse(1.0), seed);
    }

    /** A number that sampling takes, tried alone so that an error is known to be of this parameter. */
    private static Optional<Double> number(Body body, String name, DoubleFunction<Sampling> alone) {
        Optional<Double> number = body.number(name);
        try {
            number.ifPresent(alone::apply);
        } catch (LatheException wrong) {
            throw ApiError.parameter(name, wrong.getMessage());
        }
        return number;
    }

    /** Refuses every parameter that was not read and is not known to be without effect. */
    static void refuseOthers(Body body) {
        body.requireNeutral(NEUTRAL);
        body.refuseOthers(HARMLESS);
    }

    /** How the tokens of one of several continuations of the same prompt are chosen. */
    Sampling sampling(int choice) {
        return new Sampling(sampling.temperature(), sampling.topK(), sampling.topP(), sampling.minP(),
                sampling.repetitionPenalty(), sampling.seed() + choice * NEXT_SEED);
    }
}
