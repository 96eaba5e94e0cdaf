package lathe.models.architecture;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigIncludeContext;
import com.typesafe.config.ConfigIncluder;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;

/**
 * The files of descriptions, which lie beside this class. The library would look for each in every jar and ask what kind of
 * file it is, which takes as long as a short command has.
 */
final class FamilyFiles implements ConfigIncluder {
    private static final String ENDING = ".conf";

    private FamilyFiles() {}

    /**
     * Reads a description and what it includes.
     *
     * @param name without its ending
     * @return the description
     */
    static Config read(String name) {
        String file = name + ENDING;
        try (InputStream stream = FamilyFiles.class.getResourceAsStream(file)) {
            if (stream == null) {
                throw new IllegalStateException("There is no description " + file + ".");
            }
            return ConfigFactory.parseReader(new InputStreamReader(stream, StandardCharsets.UTF_8),
                    ConfigParseOptions.defaults().setOriginDescription(file).setIncluder(new FamilyFiles()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public ConfigObject include(ConfigIncludeContext context, String what) {
        return read(what.endsWith(ENDING) ? what.substring(0, what.length() - ENDING.length()) : what).root();
    }

    /** Everything that is included lies here. */
    @Override
    public ConfigIncluder withFallback(ConfigIncluder fallback) {
        return this;
    }
}
