package lathe.spqr;

import java.util.Optional;

import lathe.spi.Notes;
import lathe.spi.operator.GroupStatistic;
import lathe.spi.operator.TilePacking;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** One number of every group and row (scales, or zero points): as numbers, or in codes that runs of rows share a grid for. */
final class Level {
    private final int rows;
    private final int run;
    private final Optional<Integer> bits;
    private final DataType type;
    private final boolean parity;
    /** By group, then row: the numbers as they are stored. */
    private final float[][] values;
    private final byte[][] codes;
    /** By group, then run. */
    private final float[][] second;
    private final float[][] secondZero;

    Level(SpqrConfig config, int rows, int groups, Optional<Integer> bits) {
        this.rows = rows;
        this.run = config.secondGroup();
        this.bits = bits;
        this.type = config.scaleType();
        this.parity = config.parity();
        int runs = (rows + run - 1) / run;
        this.values = new float[groups][rows];
        this.codes = new byte[bits.isPresent() ? groups : 0][rows];
        this.second = new float[codes.length][runs];
        this.secondZero = new float[codes.length][runs];
    }

    boolean isCoded() {
        return bits.isPresent();
    }

    float get(int group, int row) {
        return values[group][row];
    }

    /** Stores the numbers of a run of rows. */
    void set(int group, int first, float[] numbers) {
        if (bits.isEmpty()) {
            for (int i = 0; i < numbers.length; i++) {
                values[group][first + i] = Grid.stored(numbers[i], type);
            }
            return;
        }
        Grid fitted = Grid.fit(numbers, numbers.length, bits.get(), parity);
        Grid grid = new Grid(Grid.stored(fitted.scale(), type), Grid.stored(fitted.zero(), type), bits.get());
        second[group][first / run] = grid.scale();
        secondZero[group][first / run] = grid.zero();
        for (int i = 0; i < numbers.length; i++) {
            int code = grid.code(numbers[i]);
            codes[group][first + i] = (byte) code;
            values[group][first + i] = grid.value(code);
        }
    }

    /** [rows, groups] in float32. */
    Tensor values(Scope scope) {
        return transposed(values, rows, DataType.F32, scope);
    }

    /** [rows, groups] in the type of numbers. */
    Tensor numbers(Scope scope) {
        return transposed(values, rows, type, scope);
    }

    GroupStatistic stored(Scope scope) {
        if (bits.isEmpty()) {
            return new GroupStatistic.Plain(numbers(scope));
        }
        int groups = values.length;
        Tensor packed = scope.zeros(DataType.U8, Math.toIntExact(TilePacking.bytes(rows, groups, bits.get())));
        for (int group = 0; group < groups; group++) {
            for (int row = 0; row < rows; row++) {
                TilePacking.set(packed.segment(), rows, groups, bits.get(), row, group, codes[group][row] & 0xff);
            }
        }
        int runs = (rows + run - 1) / run;
        return new GroupStatistic.Coded(rows, groups, bits.get(), run, packed, transposed(second, runs, type, scope),
                transposed(secondZero, runs, type, scope));
    }

    private static Tensor transposed(float[][] byGroup, int rows, DataType type, Scope scope) {
        Tensor matrix = scope.zeros(type, rows, byGroup.length);
        float[] row = new float[byGroup.length];
        for (int i = 0; i < rows; i++) {
            for (int group = 0; group < row.length; group++) {
                row[group] = byGroup[group][i];
            }
            matrix.setRow(i, row);
        }
        return matrix;
    }

    /** Notes the codes [groups, runs, rows of a run] and the second-level grids [groups, runs]. */
    void note(String what, Notes notes, Scope scope) {
        if (bits.isEmpty()) {
            notes.note(what, values(scope));
            return;
        }
        int runs = (rows + run - 1) / run;
        float[] flat = new float[codes.length * runs * run];
        for (int group = 0; group < codes.length; group++) {
            for (int row = 0; row < rows; row++) {
                flat[group * runs * run + row] = codes[group][row] & 0xff;
            }
        }
        notes.note(what + "_code", scope.of(flat, codes.length, runs, run));
        notes.note("scale_of_" + what + "s", transposed(second, runs, DataType.F32, scope).transpose().copy());
        notes.note("zero_of_" + what + "s", transposed(secondZero, runs, DataType.F32, scope).transpose().copy());
    }
}
