package lathe.runtime.recipe;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigValue;

import lathe.runtime.config.HoconFile;
import lathe.runtime.config.Overrides;
import lathe.runtime.config.Places;
import lathe.runtime.config.Problem;
import lathe.runtime.config.Problems;
import lathe.runtime.config.RecordBinder;
import lathe.runtime.recipe.Condition.Tolerance;
import lathe.runtime.recipe.ConditionParser.SyntaxException;
import lathe.spi.Default;
import lathe.spi.Range;

/** Reads what a recipe says beside its graph: the paper, the baseline, the claims. */
final class RecipeReader {
    private static final Pattern TOLERANCE = Pattern.compile("\\s*([0-9]*\\.?[0-9]+(?:[eE][+-]?[0-9]+)?)\\s*(%?)\\s*");

    private final Problems problems = new Problems();
    private final RecordBinder binder = new RecordBinder(problems);

    private record PaperKeys(String title, @Default("\"\"") String citation, @Default("[]") List<String> methods) {}

    private record ClaimKeys(String says, @Default("\"\"") String where, Optional<String> holds,
            Optional<String> tolerance, @Default("1") @Range("[1, inf)") int seeds, @Default("[]") List<String> needs,
            @Default("\"\"") String because) {}

    /** Reads a recipe; what is wrong with it is among its problems. */
    static Recipe read(Path file, Overrides overrides) {
        return new RecipeReader().recipe(requireNonNull(file, "file is null").toAbsolutePath().normalize(), overrides);
    }

    private Recipe recipe(Path file, Overrides overrides) {
        String id = file.getParent() == null ? "recipe" : file.getParent().getFileName().toString();
        Optional<Config> read = HoconFile.load(file, overrides, problems)
                .flatMap(hocon -> hocon.resolve(Map.of(), problems));
        if (read.isEmpty()) {
            return new Recipe(file, id, "", "", List.of(), List.of(), List.of(), List.of(), 1, problems.list());
        }
        Config config = read.get();
        Optional<PaperKeys> paper = paper(config);
        List<Need> needs = config.hasPath("needs") ? needs(config.getValue("needs"), "needs") : List.of();
        int seeds = seeds(config);
        List<Claim> baseline = baseline(config);
        List<Claim> claims = claims(config, seeds);
        return new Recipe(file, id, paper.map(PaperKeys::title).orElse(""), paper.map(PaperKeys::citation).orElse(""),
                paper.map(PaperKeys::methods).orElse(List.of()), needs, baseline, claims, seeds, problems.list());
    }

    private Optional<PaperKeys> paper(Config config) {
        if (config.hasPath("paper") && config.getValue("paper") instanceof ConfigObject object) {
            return binder.bind(PaperKeys.class, object, "paper");
        }
        problems.add(config.root().origin(), "paper",
                "A recipe names its paper: paper { title = \"...\", citation = \"arXiv ...\", methods = [...] }.");
        return Optional.empty();
    }

    /** The seeds that {@code repeat} asks for, or a list of seeds in the sweep. */
    private static int seeds(Config config) {
        if (config.hasPath("repeat") && config.getValue("repeat").unwrapped() instanceof Integer repeat) {
            return Math.max(1, repeat);
        }
        boolean swept = config.hasPath("sweep") && config.getValue("sweep") instanceof ConfigObject sweep
                && sweep.get("seed") instanceof ConfigList;
        return swept ? config.getList("sweep.seed").size() : 1;
    }

    private List<Claim> baseline(Config config) {
        if (!config.hasPath("baseline")) {
            problems.add(config.root().origin(), "baseline",
                    "A recipe says first what the untouched model gives, so that "
                            + "no claim is judged by a wrong one: baseline = \"perplexity(dense) = 53.9 within 1 %\".");
            return List.of();
        }
        ConfigValue value = config.getValue("baseline");
        List<Claim> baseline = new ArrayList<>();
        for (ConfigValue element : value instanceof ConfigList list ? list : List.of(value)) {
            if (element.unwrapped() instanceof String text) {
                parse(text, element.origin(), "baseline").ifPresent(condition -> baseline.add(new Claim(
                        "The untouched model is what it should be.", "", text, Optional.of(condition), Tolerance.NONE,
                        1, List.of(), "", Places.of(element.origin()))));
            } else {
                problems.add(element.origin(), "baseline", "This must be a condition in quotes, or a list of such.");
            }
        }
        return baseline;
    }

    private List<Claim> claims(Config config, int seeds) {
        if (!config.hasPath("claims") || !(config.getValue("claims") instanceof ConfigList list) || list.isEmpty()) {
            problems.add(config.hasPath("claims") ? config.getValue("claims").origin() : config.root().origin(),
                    "claims",
                    "A recipe has a list of claims: claims = [ { says = \"...\", where = \"Table 1\", holds = \"...\" } ].");
            return List.of();
        }
        List<Claim> claims = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            String path = "claims[" + i + "]";
            if (list.get(i) instanceof ConfigObject object) {
                binder.bind(ClaimKeys.class, object, path).flatMap(keys -> claim(keys, object, path, seeds))
                        .ifPresent(claims::add);
            } else {
                problems.add(list.get(i).origin(), path, "A claim is an object with says, where and holds.");
            }
        }
        return claims;
    }

    private Optional<Claim> claim(ClaimKeys keys, ConfigObject object, String path, int seeds) {
        int before = problems.size();
        if (keys.holds().isEmpty() && keys.because().isBlank()) {
            problems.add(object.origin(), path,
                    "A claim needs a condition (holds = \"...\"), or a reason why it cannot be "
                            + "tested here (because = \"...\").");
        } else if (keys.holds().isPresent() && !keys.because().isBlank()) {
            problems.add(object.origin(), path,
                    "A claim with a condition is tested: say with needs = [...] what must be "
                            + "here for that, or leave the condition out.");
        }
        if (keys.seeds() > seeds) {
            problems.add(object.get("seeds").origin(), path + ".seeds", "The claim wants " + keys.seeds()
                    + " seeds, and the recipe runs with " + seeds + ": set repeat = " + keys.seeds() + ".");
        }
        Optional<Condition> condition = keys.holds().flatMap(
                text -> parse(text, object.get("holds").origin(), path + ".holds"));
        Optional<Tolerance> tolerance = keys.tolerance().isEmpty()
                ? Optional.of(Tolerance.NONE)
                : tolerance(keys.tolerance().get(), object.get("tolerance").origin(), path + ".tolerance");
        List<Need> needs = object.get("needs") == null ? List.of() : needs(object.get("needs"), path + ".needs");
        return problems.size() > before
                ? Optional.empty()
                : Optional.of(new Claim(keys.says(), keys.where(), keys.holds().orElse(""), condition,
                        tolerance.orElseThrow(), keys.seeds(), needs, keys.because(), Places.of(object.origin())));
    }

    private Optional<Tolerance> tolerance(String text, ConfigOrigin origin, String path) {
        var matcher = TOLERANCE.matcher(text);
        if (!matcher.matches()) {
            problems.add(origin, path, "This must be a number, such as 0.1, or a percentage, such as \"1 %\".");
            return Optional.empty();
        }
        double amount = Double.parseDouble(matcher.group(1));
        return Optional.of(matcher.group(2).isEmpty()
                ? new Tolerance(amount, false)
                : new Tolerance(amount / 100, true));
    }

    private List<Need> needs(ConfigValue value, String path) {
        List<Need> needs = new ArrayList<>();
        for (ConfigValue element : value instanceof ConfigList list ? list : List.of(value)) {
            Optional<Need> need = Need.parse(String.valueOf(element.unwrapped()), element.origin());
            need.ifPresent(needs::add);
            if (need.isEmpty()) {
                problems.add(element.origin(), path, "'" + element.unwrapped()
                        + "' is nothing that can be needed: write "
                        + "gpu, \"model PATH\", \"data PATH\" or \"method ID\"; for anything else say because = \"...\" "
                        + "in the claim.");
            }
        }
        return needs;
    }

    private Optional<Condition> parse(String text, ConfigOrigin origin, String path) {
        try {
            return Optional.of(ConditionParser.parse(text));
        } catch (SyntaxException wrong) {
            int from = Math.max(0, wrong.position() - 20);
            String before = text.substring(from, wrong.position());
            problems.add(new Problem(Places.of(origin), path, wrong.getMessage() + " (after "
                    + (before.isEmpty() ? "the beginning" : "'" + before.strip() + "'") + ", character "
                    + (wrong.position() + 1) + ")"));
            return Optional.empty();
        }
    }
}
