package lathe.models.exchange;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

import lathe.spi.tensor.DataType;

/**
 * How a model is exported.
 *
 * @param layout     what quantised weights are written as
 * @param type       F32, BF16 or F16 for all that is written dense; empty to keep what is dense in its own type and to
 *                   write the rest in the type that the model's config names
 * @param shardBytes most bytes of tensors in a file
 */
public record ExportOptions(ExportLayout layout, Optional<DataType> type, long shardBytes) {
    /** As large as shards of the hub are. */
    private static final long USUAL_SHARD = 5_000_000_000L;

    /** Checks the parts. */
    public ExportOptions {
        requireNonNull(layout, "layout is null");
        requireNonNull(type, "type is null");
        if (type.isPresent() && type.get() != DataType.F32 && type.get() != DataType.BF16
                && type.get() != DataType.F16) {
            throw new IllegalArgumentException("Dense weights are written in F32, BF16 or F16, not " + type.get());
        }
        if (shardBytes < 1) {
            throw new IllegalArgumentException("A shard has at least one byte, not " + shardBytes + ".");
        }
    }

    /**
     * A layout with types as they are and shards of 5 GB.
     *
     * @param layout the layout
     * @return the options
     */
    public static ExportOptions of(ExportLayout layout) {
        return new ExportOptions(layout, Optional.empty(), USUAL_SHARD);
    }

    /**
     * The same with a type.
     *
     * @param dense F32, BF16 or F16
     * @return a copy
     */
    public ExportOptions withType(DataType dense) {
        return new ExportOptions(layout, Optional.of(dense), shardBytes);
    }

    /**
     * The same with smaller or larger files.
     *
     * @param most most bytes of tensors in a file
     * @return a copy
     */
    public ExportOptions withShardBytes(long most) {
        return new ExportOptions(layout, type, most);
    }
}
