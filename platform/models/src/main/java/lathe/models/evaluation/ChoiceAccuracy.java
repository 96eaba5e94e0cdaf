package lathe.models.evaluation;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;

import lathe.models.checkpoint.Visible;
import lathe.spi.Default;
import lathe.spi.Kind;
import lathe.spi.LatheException;
import lathe.spi.MethodChoice;
import lathe.spi.Range;
import lathe.spi.Services;
import lathe.spi.graph.Measurement;
import lathe.spi.graph.Metric;
import lathe.spi.graph.MetricScene;
import lathe.spi.graph.Task;
import lathe.spi.numeric.RandomStream;

/**
 * Questions with given answers, judged by likelihood ({@link MultipleChoice}): {@code acc} and {@code acc_norm}. They come
 * from a file with an object a line (context, choices, answer: the number of the right choice from 0), or from a task, whose
 * right answers to other questions are then the wrong choices.
 */
public final class ChoiceAccuracy implements Metric {
    /**
     * Where questions come from: a task or a file.
     *
     * @param task      the task that makes them
     * @param questions the file in JSON lines
     * @param samples   how many of a task; at most so many of a file, 0 for all
     * @param choices   answers to choose from, of a task
     */
    public record Settings(
            Optional<MethodChoice> task,
            Optional<Path> questions,
            @Default("20") @Range("[0, 100000]") int samples,
            @Default("4") @Range("[2, 100]") int choices) {
        /** Checks that there is one source. */
        public Settings {
            requireNonNull(task, "task is null");
            requireNonNull(questions, "questions is null");
            if (task.isPresent() == questions.isPresent()) {
                throw new LatheException("Multiple choice needs a task or a file with questions, and not both.");
            }
        }
    }

    private final Settings settings;
    private final Services services;

    /**
     * @param settings where questions come from
     * @param services finds the task, and draws
     */
    public ChoiceAccuracy(Settings settings, Services services) {
        this.settings = requireNonNull(settings, "settings is null");
        this.services = requireNonNull(services, "services is null");
    }

    @Override
    public List<Measurement> measure(MetricScene scene) {
        if (!(scene instanceof TokenizedScene words)) {
            throw new LatheException("Questions need a tokenizer, and this evaluation has none.");
        }
        List<MultipleChoice.Question> questions = settings.questions().isPresent()
                ? read(settings.questions().get())
                : made(settings.task().orElseThrow());
        String name = settings.questions().map(file -> file.getFileName().toString().replaceFirst("\\.jsonl$", ""))
                .orElseGet(() -> settings.task().orElseThrow().id() + "-" + settings.choices());
        return new MultipleChoice(scene.subject(), words.tokenizer(), scene.scope()).measure(name, questions,
                scene.progress());
    }

    private List<MultipleChoice.Question> made(MethodChoice choice) {
        Task task = services.method(Kind.TASK, choice, Task.class);
        RandomStream random = services.random().stream("choices", 0);
        List<Task.Sample> samples = task.samples(Math.max(1, settings.samples()),
                services.random().stream("questions", 0));
        List<MultipleChoice.Question> questions = new ArrayList<>();
        for (int i = 0; i < samples.size(); i++) {
            questions.add(question(samples, i, random));
        }
        return questions;
    }

    private MultipleChoice.Question question(List<Task.Sample> samples, int index, RandomStream random) {
        Task.Sample sample = samples.get(index);
        Set<String> choices = new LinkedHashSet<>();
        choices.add(sample.answer());
        for (int step = 1; step < samples.size() && choices.size() < settings.choices(); step++) {
            choices.add(samples.get((index + step) % samples.size()).answer());
        }
        if (choices.size() < settings.choices()) {
            throw new LatheException("The " + samples.size() + " questions have fewer than " + settings.choices()
                    + " different answers to choose from; ask more questions or take fewer choices.");
        }
        List<String> order = new ArrayList<>(choices);
        int right = random.below(index, order.size());
        Collections.swap(order, 0, right);
        return new MultipleChoice.Question(sample.prompt(), order, right);
    }

    private List<MultipleChoice.Question> read(Path file) {
        List<MultipleChoice.Question> questions = new ArrayList<>();
        int line = 0;
        try {
            for (String text : Files.readAllLines(file)) {
                line++;
                if (!text.isBlank() && (settings.samples() == 0 || questions.size() < settings.samples())) {
                    questions.add(question(JsonParser.parseString(text).getAsJsonObject()));
                }
            }
        } catch (IOException e) {
            throw new LatheException("The questions in " + Visible.path(file) + " cannot be read: " + e.getMessage()
                    + ".", e);
        } catch (JsonParseException | IllegalStateException | IllegalArgumentException | NullPointerException e) {
            throw new LatheException("Line " + line + " of " + Visible.path(file) + " is no question: it must be an "
                    + "object with context, choices (a list of texts) and answer (the number of the right one, from 0).",
                    e);
        }
        if (questions.isEmpty()) {
            throw new LatheException(Visible.path(file) + " has no questions.");
        }
        return questions;
    }

    private static MultipleChoice.Question question(JsonObject line) {
        return new MultipleChoice.Question(line.get("context").getAsString(),
                line.getAsJsonArray("choices").asList().stream().map(JsonElement::getAsString).toList(),
                line.get("answer").getAsInt());
    }
}
