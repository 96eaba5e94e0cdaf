package lathe.minference;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

import lathe.spi.attention.AttentionPlan;
import lathe.spi.attention.AttentionScene;
import lathe.spi.attention.LineMass;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Selection;
import lathe.spi.tensor.Tensor;

/** Step 6a: columns and diagonals with the largest attention of the last queries, and the tiles that cover them. */
final class VerticalSlash {
    private static final int FORCED_COLUMNS = 30;
    private static final int FORCED_OFFSETS = 100;
    private static final int LEAST_OFFSETS = 50;

    private final MInferenceConfig config;
    private final AttentionScene scene;
    private final List<float[]> vertical = new ArrayList<>();
    private final List<float[]> slash = new ArrayList<>();
    private final List<int[]> columns = new ArrayList<>();
    private final List<int[]> offsets = new ArrayList<>();
    private final List<int[][]> tiles = new ArrayList<>();
    private final List<int[][]> singles = new ArrayList<>();

    VerticalSlash(MInferenceConfig config, AttentionScene scene) {
        this.config = config;
        this.scene = scene;
    }

    AttentionPlan plan(int head, int verticalSize, int slashSize) {
        int queries = scene.queryPositions().length;
        int keys = scene.keyCount(head / scene.layer().groupSize());
        int rows = Math.min(config.lastQ(), queries);
        LineMass mass = scene.lineMass(head, rows);
        float[] columnSums = mass.columns().clone();
        float[] offsetSums = mass.distances().clone();
        vertical.add(mass.columns());
        slash.add(mass.distances());
        Arrays.fill(columnSums, 0, Math.min(FORCED_COLUMNS, keys), Float.POSITIVE_INFINITY);
        Arrays.fill(offsetSums, 0, Math.min(FORCED_OFFSETS, keys), Float.POSITIVE_INFINITY);
        int[] chosenColumns = largest(columnSums, Math.max(verticalSize, FORCED_COLUMNS));
        int[] chosenOffsets = largest(offsetSums, Math.max(slashSize, LEAST_OFFSETS));
        columns.add(chosenColumns);
        offsets.add(chosenOffsets);
        return cover(queries, keys - queries, chosenColumns, chosenOffsets);
    }

    private static int[] largest(float[] sums, int count) {
        return Selection.indices(Selection.largest(sums, count));
    }

    private AttentionPlan cover(int queries, int first, int[] chosenColumns, int[] chosenOffsets) {
        int block = config.block();
        int blocks = (queries + block - 1) / block;
        int[][] blockTiles = new int[blocks][];
        int[][] blockSingles = new int[blocks][];
        for (int b = 0; b < blocks; b++) {
            cover(first + (b + 1) * block, chosenColumns, chosenOffsets, blockTiles, blockSingles, b);
        }
        tiles.add(blockTiles);
        singles.add(blockSingles);
        return new AttentionPlan.Tiles(
                block, block, starts(blockTiles), flat(blockTiles), starts(blockSingles), flat(blockSingles));
    }

    /** Merges the diagonals' ranges of one query block that ends before slot {@code end}; columns outside stay single. */
    private void cover(int end, int[] verticals, int[] slashes, int[][] tilesOf, int[][] singlesOf, int b) {
        int block = config.block();
        IntStream.Builder starts = IntStream.builder();
        IntStream.Builder keys = IntStream.builder();
        int rangeStart = -1;
        int rangeEnd = -1;
        int v = 0;
        // Larger offsets lie further left: ranges come in ascending order.
        for (int s = slashes.length - 1; s >= 0; s--) {
            if (slashes[s] >= end) {
                continue;
            }
            int to = Math.max(end - slashes[s], block);
            if (rangeStart < 0) {
                rangeStart = to - block;
                rangeEnd = to;
            } else if (to > rangeEnd + block) {
                addTiles(starts, rangeStart, rangeEnd);
                rangeStart = to - block;
                rangeEnd = to;
            } else if (to > rangeEnd) {
                rangeEnd += block;
            }
            for (; v < verticals.length && verticals[v] < rangeEnd; v++) {
                if (verticals[v] < rangeStart) {
                    keys.add(verticals[v]);
                }
            }
        }
        if (rangeStart >= 0) {
            addTiles(starts, rangeStart, rangeEnd);
        }
        tilesOf[b] = starts.build().toArray();
        singlesOf[b] = keys.build().toArray();
    }

    private void addTiles(IntStream.Builder starts, int from, int to) {
        for (int start = from; start < to; start += config.block()) {
            starts.add(start);
        }
    }

    private static int[] starts(int[][] lists) {
        int[] starts = new int[lists.length + 1];
        for (int i = 0; i < lists.length; i++) {
            starts[i + 1] = starts[i] + lists[i].length;
        }
        return starts;
    }

    private static int[] flat(int[][] lists) {
        return Arrays.stream(lists).flatMapToInt(Arrays::stream).toArray();
    }

    /** Shows the estimate and the choice of all heads, if they are of one shape. */
    void note() {
        if (vertical.isEmpty()) {
            return;
        }
        Scope scope = scene.scope();
        scene.note("vertical", () -> scope.ofRows(vertical));
        scene.note("slash", () -> scope.ofRows(slash));
        scene.note("vertical_columns", () -> scope.ofLists(columns));
        scene.note("slash_offsets", () -> scope.ofLists(offsets));
        scene.note("tile_starts", () -> paddedBlocks(tiles, scope));
        scene.note("columns", () -> paddedBlocks(singles, scope));
    }

    private static Tensor paddedBlocks(List<int[][]> heads, Scope scope) {
        List<int[]> rows = heads.stream().flatMap(Arrays::stream).toList();
        Tensor flat = scope.ofLists(rows);
        return flat.reshape(heads.size(), heads.getFirst().length, flat.size(1));
    }
}
