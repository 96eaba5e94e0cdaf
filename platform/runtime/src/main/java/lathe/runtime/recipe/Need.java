package lathe.runtime.recipe;

import static java.util.Objects.requireNonNull;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

import com.typesafe.config.ConfigOrigin;

import lathe.runtime.config.Places;
import lathe.runtime.registry.PluginView;

/**
 * Something that must be here for a claim to be tested.
 *
 * @param sort   of what sort it is
 * @param name   which; empty for a GPU
 * @param origin where it is written, so that paths are relative to that file
 */
record Need(Sort sort, String name, ConfigOrigin origin) {
    /** What can be needed. */
    enum Sort {
        /** An accelerator. */
        GPU,
        /** A model folder. */
        MODEL,
        /** A file with text. */
        DATA,
        /** An installed method. */
        METHOD
    }

    Need {
        requireNonNull(sort, "sort is null");
        requireNonNull(name, "name is null");
    }

    /** Reads {@code gpu}, {@code model PATH}, {@code data PATH} or {@code method ID}; empty if it is none of these. */
    static Optional<Need> parse(String text, ConfigOrigin origin) {
        String[] words = text.strip().split("\\s+", 2);
        for (Sort sort : Sort.values()) {
            boolean complete = sort == Sort.GPU ? words.length == 1 : words.length == 2;
            if (complete && words[0].equals(sort.name().toLowerCase(Locale.ROOT))) {
                return Optional.of(new Need(sort, words.length == 1 ? "" : words[1], origin));
            }
        }
        return Optional.empty();
    }

    /** Why it is not here, as a sentence; empty if it is. */
    Optional<String> missing(PluginView view) {
        return switch (sort) {
            case GPU -> Optional.of("It needs a GPU, and experiments are computed on the CPU.");
            case MODEL -> absent("the model");
            case DATA -> absent("the text");
            case METHOD -> view.candidates(name).isEmpty()
                    ? Optional.of("It needs the method " + name + ", which is not installed.")
                    : Optional.empty();
        };
    }

    private Optional<String> absent(String what) {
        Path path = Path.of(name);
        if (origin != null && origin.filename() != null) {
            path = Path.of(origin.filename()).toAbsolutePath().resolveSibling(path).normalize();
        }
        return Files.exists(path)
                ? Optional.empty()
                : Optional.of("It needs " + what + " " + Places.shown(path) + ", which is not there.");
    }
}
