package lathe.engine.attention;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

import lathe.engine.kernels.MatrixProduct;
import lathe.engine.kernels.Memory;
import lathe.engine.kernels.RowMath;
import lathe.engine.kernels.Scratch;
import lathe.spi.attention.AttentionPlan;
import lathe.spi.backend.AttentionCall;
import lathe.spi.backend.AttentionResult;
import lathe.spi.backend.AttentionState;
import lathe.spi.kv.Observation;
import lathe.spi.kv.Observed;
import lathe.spi.numeric.Parallel;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Executes attention calls. Results do not depend on the number of threads. */
public final class AttentionKernel {
    /**
     * Rows of scores of a unit of work: with the keys of a tile they stay in the second-level cache. With 128 a prompt took 4 to
     * 9 % longer, since a tile of keys is brought into the product's order for every unit.
     */
    private static final int ROWS = 256;
    private static final int MOST_QUERIES = 64;

    private final Parallel parallel;
    private final RowMath math;
    private final MatrixProduct product;

    /**
     * A kernel.
     *
     * @param parallel the worker pool
     * @param math     inner loops
     * @param product  matrix products
     */
    public AttentionKernel(Parallel parallel, RowMath math, MatrixProduct product) {
        this.parallel = requireNonNull(parallel, "parallel is null");
        this.math = requireNonNull(math, "math is null");
        this.product = requireNonNull(product, "product is null");
    }

    /** Some queries of some heads that share keys and plan; of their keys all, or one of several ranges. */
    private record Unit(KeySpace space, AttentionPlan plan, int[] heads, int from, int to, int part, int parts) {
        /** Without the queries before one. */
        Unit from(int first) {
            return first <= from ? this : new Unit(space, plan, heads, first, to, part, parts);
        }
    }

    /**
     * Runs a call. A plan that has computed its output itself is copied; what is to be observed is then that of dense
     * attention.
     *
     * @param call the call
     * @return observations and counts; counted pairs are those that enter the softmax
     */
    public AttentionResult run(AttentionCall call) {
        call.check();
        if (call.plan() instanceof AttentionPlan.Computed computed) {
            return copy(call, computed.output());
        }
        return run(call, null);
    }

    /**
     * Goes on where an earlier call left off.
     *
     * @param call  keys that were not read before, nothing observed, no computed plan
     * @param state where to begin; overwritten with where the call ends
     * @return counts of this call
     */
    public AttentionResult resume(AttentionCall call, AttentionState state) {
        call.check();
        call.check(state);
        return run(call, state);
    }

    private AttentionResult run(AttentionCall call, AttentionState state) {
        AttentionSetting setting = new AttentionSetting(call, math, product);
        int heads = call.layer().heads();
        int queries = setting.queries();
        KeySpace[] spaces = KeySpace.of(call, math);
        int widest = 0;
        for (KeySpace space : spaces) {
            widest = Math.max(widest, space.size());
        }
        Observation wanted = call.observation();
        boolean records = wanted.lastRows() > 0 || !wanted.chosenRows().isEmpty();
        RecordedRows recorded = records
                ? new RecordedRows(wanted, call.output().scope(), heads, queries, widest)
                : null;
        double[][] logSumExp = wanted.columnSums() || wanted.logSumExp() ? new double[heads][queries] : null;
        boolean splits = queries == 1 && state == null && wanted.equals(Observation.NONE);
        List<Unit> units = splits ? split(setting, units(setting, spaces)) : units(setting, spaces);
        SplitSoftmax.Part[] parts = new SplitSoftmax.Part[units.size()];
        long[] pairs = new long[units.size()];
        long[] keys = new long[units.size()];
        parallel.forEach(units.size(), 1, (from, to) -> {
            for (int i = from; i < to; i++) {
                attend(setting, units.get(i), state, recorded, logSumExp, parts, pairs, keys, i);
            }
        });
        merge(units, parts, call.output());
        return new AttentionResult(observed(setting, units, recorded, logSumExp, widest), sum(pairs), sum(keys));
    }

    private AttentionResult copy(AttentionCall call, Tensor output) {
        Observed observed = Observed.NOTHING;
        if (!call.observation().equals(Observation.NONE)) {
            observed = run(new AttentionCall(call.layer(), call.queries(), call.queryPositions(), call.stored(),
                    call.newKeys(), call.newValues(), new AttentionPlan.Dense(), call.causal(), call.softcap(),
                    call.observation(), call.output())).observed();
        }
        call.output().assign(output);
        return new AttentionResult(observed, 0, 0);
    }

    private static long sum(long[] numbers) {
        long sum = 0;
        for (long number : numbers) {
            sum += number;
        }
        return sum;
    }

    private void attend(AttentionSetting setting, Unit unit, AttentionState state, RecordedRows recorded,
            double[][] logSumExp, SplitSoftmax.Part[] parts, long[] pairs, long[] keys, int index) {
        Tensor output = setting.call().output();
        long address = Memory.address(output);
        try (Scratch.Frame frame = Scratch.frame()) {
            QueryRows rows = new QueryRows(setting, unit.space, unit.heads, unit.from, unit.to, frame);
            Pieces pieces = pieces(setting, unit);
            boolean inLanes = recorded == null && state == null && unit.parts == 1 && PanelSoftmax.fits(setting, rows);
            OnlineSoftmax online = inLanes ? null : new OnlineSoftmax(setting, rows, recorded, frame);
            RowSoftmax softmax = inLanes ? new PanelSoftmax(setting, rows, frame) : online;
            if (recorded != null) {
                recorded.begin(rows);
            }
            if (state != null) {
                online.resume(state);
            }
            rows.walk(pieces, softmax);
            if (state != null) {
                online.save(state);
            }
            if (unit.parts > 1) {
                parts[index] = online.part();
            }
            for (int row = 0; unit.parts == 1 && row < rows.rows(); row++) {
                softmax.finish(
                        row,
                        address + 4 * (output.stride(0) * rows.head(row) + output.stride(1) * rows.query(row)));
                if (logSumExp != null) {
                    logSumExp[rows.head(row)][rows.query(row)] = softmax.logSumExp(row);
                }
            }
            if (recorded != null) {
                recorded.end(rows, online);
            }
            pairs[index] = rows.pairs();
            keys[index] = unit.heads.length * pieces.keys();
        }
    }

    /** A query over many keys is read in ranges where there are few heads to share it among threads. */
    private static List<Unit> split(AttentionSetting setting, List<Unit> units) {
        if (units.size() >= SplitSoftmax.ENOUGH) {
            return units;
        }
        List<Unit> split = new ArrayList<>();
        for (Unit unit : units) {
            int parts = (int) Math.max(1, pieces(setting, unit).keys() / SplitSoftmax.KEYS);
            for (int part = 0; part < parts; part++) {
                split.add(new Unit(unit.space, unit.plan, unit.heads, unit.from, unit.to, part, parts));
            }
        }
        return split;
    }

    private static void merge(List<Unit> units, SplitSoftmax.Part[] parts, Tensor output) {
        for (int i = 0; i < parts.length; i += units.get(i).parts) {
            Unit unit = units.get(i);
            if (unit.parts > 1) {
                SplitSoftmax.merge(Arrays.copyOfRange(parts, i, i + unit.parts), unit.heads, unit.from, output);
            }
        }
    }

    private static Pieces pieces(AttentionSetting setting, Unit unit) {
        Pieces all = allPieces(setting, unit);
        if (unit.parts == 1) {
            return all;
        }
        long first = (long) SplitSoftmax.KEYS * unit.part;
        return all.part(first, unit.part == unit.parts - 1 ? all.keys() : first + SplitSoftmax.KEYS);
    }

    private static Pieces allPieces(AttentionSetting setting, Unit unit) {
        return Pieces.of(
                unit.plan,
                unit.space,
                setting.call().queryPositions(),
                unit.from,
                unit.to,
                setting.call().causal(),
                setting.layerWindow());
    }

    private Observed observed(AttentionSetting setting, List<Unit> units, RecordedRows recorded, double[][] logSumExp,
            int widest) {
        Observation wanted = setting.call().observation();
        if (wanted.equals(Observation.NONE)) {
            return Observed.NOTHING;
        }
        Scope scope = setting.call().output().scope();
        Optional<RecordedRows> rows = Optional.ofNullable(recorded);
        Optional<Tensor> sums = wanted.columnSums()
                ? Optional.of(columnSums(setting, units, logSumExp, widest))
                : Optional.empty();
        Optional<Tensor> logSums = wanted.logSumExp() ? Optional.of(tensor(logSumExp, scope)) : Optional.empty();
        return new Observed(rows.flatMap(RecordedRows::lastRows), rows.flatMap(RecordedRows::chosenRows), sums,
                logSums);
    }

    private static Tensor tensor(double[][] numbers, Scope scope) {
        Tensor tensor = scope.zeros(numbers.length, numbers[0].length);
        for (int row = 0; row < numbers.length; row++) {
            for (int i = 0; i < numbers[row].length; i++) {
                tensor.set(numbers[row][i], row, i);
            }
        }
        return tensor;
    }

    private Tensor columnSums(AttentionSetting setting, List<Unit> units, double[][] logSumExp, int widest) {
        int heads = setting.call().layer().heads();
        int first = setting.queries() - Math.min(setting.queries(), setting.call().observation().summedRows());
        List<Unit> summed = units.stream().filter(unit -> unit.to > first).map(unit -> unit.from(first)).toList();
        Tensor sums = setting.call().output().scope().zeros(heads, widest);
        long address = Memory.address(sums);
        parallel.forEach(heads, 1, (from, to) -> {
            for (int head = from; head < to; head++) {
                ColumnSums columns = new ColumnSums(widest, logSumExp[head]);
                for (Unit unit : summed) {
                    if (contains(unit.heads, head)) {
                        try (Scratch.Frame frame = Scratch.frame()) {
                            int[] single = {head};
                            QueryRows rows = new QueryRows(setting, unit.space, single, unit.from, unit.to, frame);
                            columns.add(rows, pieces(setting, unit));
                        }
                    }
                }
                columns.write(address + 4L * widest * head);
            }
        });
        return sums;
    }

    private static boolean contains(int[] heads, int head) {
        for (int one : heads) {
            if (one == head) {
                return true;
            }
        }
        return false;
    }

    /** The last queries first: in causal attention they read most, so that no thread is left with them at the end. */
    private static List<Unit> units(AttentionSetting setting, KeySpace[] spaces) {
        List<Unit> units = new ArrayList<>();
        int group = setting.call().layer().groupSize();
        for (int kvHead = 0; kvHead < spaces.length; kvHead++) {
            int end;
            for (int head = kvHead * group; head < (kvHead + 1) * group; head = end) {
                AttentionPlan plan = plan(setting, head);
                end = head + 1;
                while (end < (kvHead + 1) * group && plan(setting, end).equals(plan)) {
                    end++;
                }
                int[] heads = new int[end - head];
                for (int i = 0; i < heads.length; i++) {
                    heads[i] = head + i;
                }
                cut(units, spaces[kvHead], plan, heads, setting.queries());
            }
        }
        units.sort((a, b) -> Integer.compare(b.from, a.from));
        return units;
    }

    private static AttentionPlan plan(AttentionSetting setting, int head) {
        AttentionPlan plan = setting.call().plan();
        return plan instanceof AttentionPlan.PerHead perHead ? perHead.plans().get(head) : plan;
    }

    private static void cut(List<Unit> units, KeySpace space, AttentionPlan plan, int[] heads, int queries) {
        int block = switch (plan) {
            case AttentionPlan.Indices indices -> 1;
            case AttentionPlan.Tiles tiles -> tiles.queryBlock();
            default -> queries;
        };
        // A block of a plan that every head has for itself is one unit: its queries read the same keys.
        int most = Math.clamp(ROWS / heads.length, 8, plan instanceof AttentionPlan.Tiles ? ROWS : MOST_QUERIES);
        for (int start = 0; start < queries; start += block) {
            int end = Math.min(queries, start + block);
            for (int from = start; from < end; from += most) {
                units.add(new Unit(space, plan, heads, from, Math.min(end, from + most), 0, 1));
            }
        }
    }
}
