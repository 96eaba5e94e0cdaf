package lathe.spi.operator;

import static java.util.Objects.requireNonNull;

import java.util.Arrays;

import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Shape;
import lathe.spi.tensor.Tensor;

/** Argument checks that the operator records share. */
final class Checks {
    private Checks() {}

    static void matrix(String what, Tensor tensor) {
        requireNonNull(tensor, () -> what + " is null");
        if (tensor.rank() != 2) {
            throw new IllegalArgumentException(
                    what + " must be a matrix [out, in] but has shape " + tensor.shape() + ".");
        }
    }

    static void shape(String what, Tensor tensor, int... sizes) {
        requireNonNull(tensor, () -> what + " is null");
        if (!tensor.shape().equals(Shape.of(sizes))) {
            throw new IllegalArgumentException(
                    what + " must have shape " + Arrays.toString(sizes) + " but has " + tensor.shape() + ".");
        }
    }

    static void type(String what, Tensor tensor, DataType... allowed) {
        requireNonNull(tensor, () -> what + " is null");
        if (!Arrays.asList(allowed).contains(tensor.type())) {
            throw new IllegalArgumentException(
                    what + " must be stored as one of " + Arrays.toString(allowed) + " but is " + tensor.type() + ".");
        }
    }

    static void positive(String what, long value) {
        if (value < 1) {
            throw new IllegalArgumentException(what + " must be at least 1 but is " + value + ".");
        }
    }
}
