package lathe.engine.attention;

import lathe.engine.kernels.Lanes;
import lathe.engine.kernels.Memory;
import lathe.engine.kernels.Scratch;

/**
 * Sums over packed vectors that follow each other without gaps, from words of codes as they lie: a word of every lane, its
 * codes masked one after the other. A lane then has every so manieth number, and the sums are put in order at the end, once
 * for all vectors. Where a vector is shorter than the lanes, several are read at once.
 */
final class WordSums {
    private static final int N = WordLoops.N;
    private static final int WORD = Integer.SIZE;
    /** Groups of a vector whose scales meet their factors in one loop. */
    private static final int MOST_GROUPS = N;
    /** Rows of codes further apart than this fall into few sets of the first-level cache. */
    private static final int FAR = 512;

    private final long codes;
    private final int rowBytes;
    private final Grid grid;
    private final int bits;
    private final int groups;
    /** Words of a vector, or of all lanes if it has more. */
    private final int words;
    /** Vectors that are read at once. */
    private final int together;
    /** Words of a group. */
    private final int groupWords;
    /** Lanes that share a scale. */
    private final int shared;
    /** Numbers of a word. */
    private final int fields;

    /**
     * Scales and minima of vectors, those of a vector one after the other.
     *
     * @param scales where they are
     * @param minima where they are
     * @param half   whether in 16 bits or in 32
     */
    record Grid(long scales, long minima, boolean half) {}

    /**
     * Some vectors, and as many again of every further piece.
     *
     * @param first   the first vector
     * @param vectors vectors of a piece
     * @param step    distance of the first vectors of pieces
     * @param piece   numbers of a vector that belong to a piece
     * @param offset  where they begin in the vector
     */
    record Span(long first, int vectors, int step, int piece, int offset) {}

    WordSums(long codes, int rowBytes, Grid grid, int bits, int group, int groups) {
        this.codes = codes;
        this.rowBytes = rowBytes;
        this.grid = grid;
        this.bits = bits;
        this.groups = groups;
        this.fields = WORD / bits;
        this.words = Math.min(N, rowBytes / 4);
        this.together = N / words;
        this.groupWords = group / fields;
        this.shared = Math.min(N, groupWords);
    }

    /** Whether vectors of such codes can be summed here. */
    static boolean fits(int bits, int group, int groups, int rowBytes) {
        boolean known = bits == 1 || bits == 2 || bits == 4;
        return Lanes.N >= N && known && rowBytes <= FAR && groups <= MOST_GROUPS && N % groups == 0
                && group * bits % WORD == 0 && rowBytes * 8 == group * groups * bits
                && fitsLanes(rowBytes / 4) && fitsLanes(group * bits / WORD);
    }

    private static boolean fitsLanes(int words) {
        return N % words == 0 || words % N == 0;
    }

    /** Of so many vectors those that are a whole number of what is read at once. */
    int whole(int vectors) {
        return vectors - vectors % together;
    }

    /**
     * Adds sums: to[row, j - from] += sum over i of factors[row, i] x[i, j], j counted through the pieces.
     *
     * @param factors  rows of factors, one a vector
     * @param stride   distance of rows of factors in floats
     * @param rows     how many
     * @param span     the vectors, from the piece in which {@code from} lies
     * @param from     first number of that piece
     * @param count    how many
     * @param to       rows of sums
     * @param toStride distance of rows of sums in floats
     */
    void add(long factors, long stride, int rows, Span span, int from, int count, long to, long toStride) {
        try (Scratch.Frame frame = Scratch.frame()) {
            int numbers = span.vectors * groups;
            int size = grid.half ? 2 : 4;
            long grids = (long) size * groups * span.first;
            long pitch = (long) size * groups * span.step;
            long folded = frame.floats(2L * numbers);
            long bases = frame.floats(2L * N);
            long sums = frame.floats(2L * fields * N);
            int end;
            for (int j = from, p = 0; j < from + count; j = end, p++) {
                end = Math.min(from + count, (p + 1) * span.piece);
                long row = codes + (long) rowBytes * (span.first + (long) span.step * p);
                Part part = new Part(row, span.vectors, grid.scales + grids + pitch * p,
                        grid.minima + grids + pitch * p, folded, bases, sums,
                        span.offset + j - p * span.piece, end - j);
                add(factors, stride, rows, part, to + 4L * (j - from), toStride);
            }
        }
    }

    /** One piece: its codes, its grid and working memory, and which of its numbers are wanted. */
    private record Part(long codes, int vectors, long scales, long minima, long folded, long bases, long sums,
            int from, int count) {}

    private void add(long factors, long stride, int rows, Part part, long to, long toStride) {
        long second = 4L * groups * part.vectors;
        int firstColumn = part.from / fields / N;
        int lastColumn = (part.from + part.count - 1) / fields / N;
        int row = 0;
        while (row < rows) {
            int some = Math.min(2, rows - row);
            for (int i = 0; i < some; i++) {
                fold(factors + 4 * stride * (row + i), part, part.folded + second * i, part.bases + 4L * N * i);
            }
            for (int column = firstColumn; column <= lastColumn; column++) {
                sum(part, column, some == 2, second);
                for (int i = 0; i < some; i++) {
                    long sums = part.sums + 4L * N * fields * i;
                    long bases = part.bases + 4L * N * i + 4L * (N * column / groupWords);
                    spread(sums, bases, N * fields * column - part.from, part.count, to + 4 * toStride * (row + i));
                }
            }
            row += some;
        }
    }

    private void fold(long factors, Part part, long folded, long bases) {
        if (grid.half) {
            WordLoops.foldHalves(factors, part.scales, part.minima, part.vectors, groups, folded, bases);
        } else {
            WordLoops.fold(factors, part.scales, part.minima, part.vectors, groups, folded, bases);
        }
    }

    /** Sums of the words of a column of all vectors. */
    private void sum(Part part, int column, boolean two, long second) {
        int steps = part.vectors / together;
        int step = Math.max(rowBytes, 4 * N);
        int factorStep = 4 * groups * together;
        long first = part.codes + 4L * N * column;
        long factors = part.folded + 4L * (N * column / groupWords);
        for (int quad = 0; two && quad < fields / WordLoops.FIELDS; quad++) {
            WordLoops.sumTwo(first, step, steps, factors, second, factorStep, bits, shared,
                    WordLoops.FIELDS * bits * quad,
                    part.sums + 4L * 4 * N * quad, 4L * fields * N);
        }
        for (int quad = 0; !two && quad < fields / WordLoops.FIELDS; quad += 2) {
            WordLoops.sumOne(first, step, steps, factors, factorStep, bits, shared, WordLoops.FIELDS * bits * quad,
                    part.sums + 4L * 4 * N * quad);
        }
    }

    /** Adds sums, field by field, to numbers in order; of a column's numbers those of [0, count) are wanted. */
    private void spread(long sums, long bases, int begin, int count, long to) {
        int all = words * fields;
        WordLoops.addLanes(sums, words, bits);
        if (begin >= 0 && begin + all <= count) {
            WordLoops.spread(sums, words, bits, shared, bases, to + 4L * begin);
            return;
        }
        try (Scratch.Frame frame = Scratch.frame()) {
            long numbers = frame.floats(all);
            Memory.clear(numbers, 4L * all);
            WordLoops.spread(sums, words, bits, shared, bases, numbers);
            for (int i = Math.max(0, -begin); i < Math.min(all, count - begin); i++) {
                long number = to + 4L * (begin + i);
                Memory.setFloat(number, Memory.getFloat(number) + Memory.getFloat(numbers + 4L * i));
            }
        }
    }
}
