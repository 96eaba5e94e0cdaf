package lathe.models.notes;

import java.util.function.Supplier;

import lathe.spi.Notes;
import lathe.spi.tensor.Tensor;

/** A scene whose notes go to somebody else. */
public interface PassedNotes extends Notes {
    /**
     * Who hears what is noted.
     *
     * @return not null
     */
    Notes listener();

    @Override
    default void note(String name, Tensor value) {
        listener().note(name, value);
    }

    @Override
    default void note(String name, double value) {
        listener().note(name, value);
    }

    @Override
    default void note(String name, Supplier<Tensor> value) {
        listener().note(name, value);
    }
}
