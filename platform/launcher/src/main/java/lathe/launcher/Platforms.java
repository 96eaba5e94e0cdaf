package lathe.launcher;

import static java.util.Objects.requireNonNull;

import java.util.function.Consumer;

/**
 * Lends a started platform to commands: one that lives for one command of the command line, or the one of a console that
 * all its commands share.
 */
@FunctionalInterface
public interface Platforms {
    /**
     * Lets a command work with a platform.
     *
     * @param work what is done with it; must not keep it
     */
    void use(Consumer<Platform> work);

    /**
     * Starts a platform for every use and stops it afterwards.
     *
     * @param installation where the plugins lie
     * @return the lender
     */
    static Platforms startedFor(Installation installation) {
        requireNonNull(installation, "installation is null");
        return work -> {
            try (Platform platform = Platform.start(installation)) {
                work.accept(platform);
            }
        };
    }

    /**
     * Lends the same platform again and again.
     *
     * @param platform the platform, which somebody else closes
     * @return the lender
     */
    static Platforms shared(Platform platform) {
        requireNonNull(platform, "platform is null");
        return work -> work.accept(platform);
    }
}
