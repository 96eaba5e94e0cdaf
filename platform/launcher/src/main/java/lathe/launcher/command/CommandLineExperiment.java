package lathe.launcher.command;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import com.typesafe.config.ConfigUtil;

import lathe.spi.LatheException;

/**
 * The experiment that stands for a model with methods of the command line. Its errors are told of the options, as the user
 * never sees its file.
 */
final class CommandLineExperiment {
    /** The node that has the model. */
    static final String NODE = "served";

    private static final Pattern PLACE = Pattern.compile(
            "(?m)^.*?command-line\\.conf:(\\d+): (?:graph\\." + NODE
                    + "(?:\\.(?:cache|attention|router))?(?:\\.use)?[.:] ?)?");

    private final StringBuilder text = new StringBuilder();
    /** Of every line so far. */
    private final List<String> origins = new ArrayList<>();
    private final List<String> options = new ArrayList<>();

    CommandLineExperiment(Path model) {
        requireNonNull(model, "model is null");
        add("graph {\n  model { load = " + ConfigUtil.quoteString(model.toAbsolutePath().toString()) + " }\n", "MODEL");
        add("  " + NODE + " { serve = model\n", "");
    }

    /** Runs the model with a method, which is named and given its parameters as in an experiment. */
    void use(String key, String method) {
        String option = "--" + key + " '" + method.strip() + "'";
        options.add(option);
        add("    " + key + " { use = " + method + " }\n", option);
    }

    private void add(String lines, String origin) {
        text.append(lines);
        lines.lines().forEach(line -> origins.add(origin));
    }

    /** As it is run. */
    String text() {
        return text + "  }\n}\n";
    }

    /** An error with the options where it names lines of the file. */
    LatheException explained(LatheException wrong) {
        String sentences = String.valueOf(wrong.getMessage());
        String explained = PLACE.matcher(sentences)
                .replaceAll(place -> Matcher.quoteReplacement(origin(Integer.parseInt(place.group(1))) + ": "));
        return explained.equals(sentences) ? wrong : new LatheException(explained, wrong);
    }

    private String origin(int line) {
        String known = line > 0 && line <= origins.size() ? origins.get(line - 1) : "";
        return known.isEmpty() ? String.join(", ", options) : known;
    }
}
