package lathe.models.evaluation;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

import lathe.spi.Default;
import lathe.spi.Method;
import lathe.spi.Range;
import lathe.spi.graph.Task;
import lathe.spi.numeric.RandomStream;

/** Questions made of random words and numbers, in the wording that the embedded models were trained with. */
public final class GeneratedTasks {
    private static final List<String> WORDS = words();

    private GeneratedTasks() {}

    /**
     * A number to be remembered over a long text.
     *
     * @param words  words of filler text
     * @param digits digits of the number
     * @param depth  where in the filler the number stands, 0 the beginning, 1 the end; negative for anywhere
     */
    public record Passkey(
            @Default("150") @Range("[0, inf)") int words,
            @Default("5") @Range("[1, 18]") int digits,
            @Default("-1") @Range("[-1, 1]") double depth) {}

    /**
     * One of several facts to be found again.
     *
     * @param pairs  words with a number each
     * @param digits digits of a number
     */
    public record KeyValue(
            @Default("10") @Range("[1, 400]") int pairs,
            @Default("3") @Range("[1, 18]") int digits) {}

    /**
     * Words to be said again.
     *
     * @param words how many
     */
    public record Copying(@Default("25") @Range("[1, inf)") int words) {}

    /**
     * Sums modulo a number, with worked examples before the question.
     *
     * @param modulus  the modulus
     * @param examples solved sums before the question
     */
    public record ModularArithmetic(
            @Default("10") @Range("[2, 1000]") int modulus,
            @Default("8") @Range("[0, inf)") int examples) {}

    /**
     * All tasks as methods, to be registered beside those of plugins.
     *
     * @return passkey, key-value, copying, modular-arithmetic
     */
    public static List<Method<?>> methods() {
        return List.of(
                Method.task("passkey", Passkey.class, settings -> task(draw -> passkey(settings, draw)))
                        .summary("A number in the middle of a long text must be repeated at its end."),
                Method.task("key-value", KeyValue.class, settings -> task(draw -> keyValue(settings, draw)))
                        .summary("The number that belongs to one of several words must be found again."),
                Method.task("copying", Copying.class, settings -> task(draw -> copying(settings, draw)))
                        .summary("A list of words must be said again."),
                Method.task("modular-arithmetic", ModularArithmetic.class,
                        settings -> task(draw -> modularArithmetic(settings, draw)))
                        .summary("A sum modulo a number, after worked examples."));
    }

    static Task.Sample passkey(Passkey settings, IntUnaryOperator draw) {
        String key = number(settings.digits(), draw);
        int before = settings.depth() < 0
                ? draw.applyAsInt(settings.words() + 1)
                : (int) Math.round(settings.depth() * settings.words());
        String prompt = filler(before, draw) + "\nThe pass key is " + key + ". Remember it.\n"
                + filler(settings.words() - before, draw) + "\nWhat is the pass key? The pass key is";
        return new Task.Sample(prompt, " " + key);
    }

    static Task.Sample keyValue(KeyValue settings, IntUnaryOperator draw) {
        Set<String> keys = new LinkedHashSet<>();
        while (keys.size() < settings.pairs()) {
            keys.add(word(draw));
        }
        List<String> names = new ArrayList<>(keys);
        List<String> values = names.stream().map(name -> number(settings.digits(), draw)).toList();
        StringBuilder prompt = new StringBuilder("Facts.\n");
        for (int i = 0; i < names.size(); i++) {
            prompt.append(names.get(i)).append(" is ").append(values.get(i)).append('\n');
        }
        int asked = draw.applyAsInt(names.size());
        prompt.append("Questions.\n").append(names.get(asked)).append(" is");
        return new Task.Sample(prompt.toString(), " " + values.get(asked));
    }

    static Task.Sample copying(Copying settings, IntUnaryOperator draw) {
        String words = String.join(" ", IntStream.range(0, settings.words()).mapToObj(i -> word(draw)).toList());
        return new Task.Sample("Say: " + words + "\nAgain:", " " + words);
    }

    static Task.Sample modularArithmetic(ModularArithmetic settings, IntUnaryOperator draw) {
        StringBuilder prompt = new StringBuilder();
        String answer = "";
        for (int i = 0; i <= settings.examples(); i++) {
            int first = draw.applyAsInt(settings.modulus());
            int second = draw.applyAsInt(settings.modulus());
            answer = " " + (first + second) % settings.modulus();
            prompt.append(first).append(" + ").append(second).append(" mod ").append(settings.modulus()).append(" =");
            if (i < settings.examples()) {
                prompt.append(answer).append('\n');
            }
        }
        return new Task.Sample(prompt.toString(), answer);
    }

    /** Makes one sample; the argument gives a random number below its own argument. */
    @FunctionalInterface
    private interface Maker {
        Task.Sample make(IntUnaryOperator draw);
    }

    /** Every sample draws from a part of the stream of its own, so that sample i is the same however many are made. */
    private static Task task(Maker maker) {
        return (count, random) -> IntStream.range(0, count).mapToObj(index -> maker.make(draws(random, index)))
                .toList();
    }

    private static IntUnaryOperator draws(RandomStream random, int index) {
        long[] counter = {(long) index << 32};
        return bound -> random.below(counter[0]++, bound);
    }

    private static String number(int digits, IntUnaryOperator draw) {
        StringBuilder number = new StringBuilder();
        for (int i = 0; i < digits; i++) {
            number.append(draw.applyAsInt(10));
        }
        return number.toString();
    }

    /** Sentences of some words each. */
    private static String filler(int words, IntUnaryOperator draw) {
        StringBuilder text = new StringBuilder();
        int left = 0;
        for (int i = 0; i < words; i++) {
            boolean first = left == 0;
            left = first ? 5 + draw.applyAsInt(8) : left;
            String word = word(draw);
            text.append(i == 0 ? "" : " ");
            text.append(first ? Character.toUpperCase(word.charAt(0)) + word.substring(1) : word);
            left--;
            text.append(left == 0 || i == words - 1 ? "." : "");
        }
        return text.toString();
    }

    private static String word(IntUnaryOperator draw) {
        return WORDS.get(draw.applyAsInt(WORDS.size()));
    }

    private static List<String> words() {
        try (InputStream resource = GeneratedTasks.class.getResourceAsStream("words.txt")) {
            String text = new String(resource.readAllBytes(), StandardCharsets.UTF_8);
            return List.of(text.strip().split("\\s+")).stream().distinct().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
