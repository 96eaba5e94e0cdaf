package lathe.spi.model;

import static java.util.Objects.requireNonNull;

/**
 * The place of one weight [out, in] in a model.
 *
 * @param block       block from 0; -1 outside the blocks
 * @param role        what it does
 * @param expert      expert from 0; {@link #NO_EXPERT} in a dense network, {@link #SHARED_EXPERT} in the shared one
 * @param outFeatures rows
 * @param inFeatures  columns
 */
public record Site(int block, Role role, int expert, int outFeatures, int inFeatures) {
    /** The expert number of weights that belong to none. */
    public static final int NO_EXPERT = -1;
    /** The expert number of the shared expert. */
    public static final int SHARED_EXPERT = -2;

    /** Checks the role. */
    public Site {
        requireNonNull(role, "role is null");
    }

    /**
     * The name that users see and that {@code targets} and {@code ignore} match.
     *
     * @return such as {@code blocks.3.q}, {@code blocks.0.experts.5.gate}, {@code blocks.1.shared.up} or {@code head}
     */
    public String name() {
        if (block < 0) {
            return role.label();
        }
        String owner = switch (expert) {
            case NO_EXPERT -> "";
            case SHARED_EXPERT -> "shared.";
            default -> "experts." + expert + ".";
        };
        return "blocks." + block + "." + owner + role.label();
    }

    @Override
    public String toString() {
        return name() + " [" + outFeatures + ", " + inFeatures + "]";
    }
}
