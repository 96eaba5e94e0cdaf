package lathe.engine.attention;

import lathe.engine.kernels.Lanes;
import lathe.engine.kernels.Memory;
import lathe.engine.kernels.RowMath;
import lathe.engine.kernels.Scratch;
import lathe.spi.kv.PackedVectors;
import lathe.spi.kv.StoredBlock;
import lathe.spi.kv.StoredBlock.Direction;
import lathe.spi.tensor.DataType;

/**
 * Codes of a block by address: its vectors are tokens or channels, x = code * scale + minimum. A sum over vectors is taken
 * from the codes themselves, sum f x = (sum f scale * code) + sum f minimum, group by group: scales meet the factors once,
 * not every number.
 */
final class CodedVectors {
    /** Rows of codes further apart than this fall into few sets of the first-level cache. */
    private static final int FAR = 512;

    /** With more groups it is less to widen one by one those that are wanted. */
    private static final int FEW_GROUPS = 4;
    /** Halves that are widened at a time. */
    private static final int WIDENED = 512;

    private final RowMath math;
    private final int bits;
    private final int group;
    private final int groups;
    private final long codes;
    private final int rowBytes;
    private final long scales;
    private final long minima;
    private final boolean half;
    private final int first;
    private final int stride;
    private final int offset;
    /** Numbers of a packed vector that follow each other in the block. */
    private final int piece;
    private final int step;
    /** Sums in the quickest way, where vectors allow it. */
    private final WordSums words;

    CodedVectors(StoredBlock.Packed block, RowMath math) {
        PackedVectors packed = block.vectors();
        this.math = math;
        this.bits = packed.bits();
        this.group = packed.group();
        this.groups = packed.length() / group;
        this.codes = Memory.address(packed.packed());
        this.rowBytes = packed.packed().size(1);
        this.scales = Memory.address(packed.scales());
        this.minima = Memory.address(packed.minima());
        this.half = packed.scales().type() == DataType.F16;
        this.first = block.first();
        this.stride = block.stride();
        this.offset = block.from();
        this.piece = block.direction() == Direction.CHANNELS ? block.piece() : 1 << 30;
        this.step = block.step();
        boolean fits = math.hasLanes() && stride == 1 && WordSums.fits(bits, group, groups, rowBytes);
        this.words = fits
                ? new WordSums(codes, rowBytes, new WordSums.Grid(scales, minima, half), bits, group, groups)
                : null;
    }

    /** Whether sums can be taken from codes. */
    boolean sums() {
        return math.hasLanes() && CodeLanes.reads(bits) && (group % CodeLanes.N == 0 || groups == 1);
    }

    /** Packed vector of which vector i of the block is a piece. */
    private long vector(int i, int p) {
        return first + (long) step * p + (long) stride * i;
    }

    private float stored(long numbers, long vector, int g) {
        long index = vector * groups + g;
        return half
                ? Float.float16ToFloat(Memory.getShort(numbers + 2 * index))
                : Memory.getFloat(numbers + 4 * index);
    }

    /** Number j of a packed vector. */
    private float get(long vector, int j) {
        long bit = (long) j * bits;
        long at = codes + rowBytes * vector + (bit >> 3);
        int low = (int) bit & 7;
        int word = Memory.getByte(at);
        if (low + bits > 8) {
            word |= Memory.getByte(at + 1) << 8;
        }
        int code = word >> low & (1 << bits) - 1;
        int g = j / group;
        return Math.fma(code, stored(scales, vector, g), stored(minima, vector, g));
    }

    /** Numbers [from, from + count) of vector i. */
    void read(int i, int from, int count, long to) {
        int end;
        for (int j = from; j < from + count; j = end) {
            int p = j / piece;
            end = (int) Math.min(from + count, (p + 1L) * piece);
            read(vector(i, p), offset + j - p * piece, end - j, to + 4L * (j - from));
        }
    }

    private void read(long vector, int from, int count, long to) {
        int j = from;
        while (j < from + count) {
            int g = j / group;
            int end = Math.min(from + count, (g + 1) * group);
            int whole = sums() && j * bits % 8 == 0 ? (end - j) / CodeLanes.N * CodeLanes.N : 0;
            if (whole > 0) {
                CodeLanes.expand(bits, codes + rowBytes * vector + (long) j * bits / 8, whole,
                        stored(scales, vector, g), stored(minima, vector, g), to + 4L * (j - from));
            }
            for (int k = j + whole; k < end; k++) {
                Memory.setFloat(to + 4L * (k - from), get(vector, k));
            }
            j = end;
        }
    }

    /**
     * Adds sums over vectors to rows: to[row, j - from] += sum over i of factors[row, i] x[begin + i, j].
     *
     * @param factors  rows of factors
     * @param stride   distance of rows of factors in floats
     * @param rows     how many, few
     * @param begin    first vector
     * @param vectors  how many
     * @param from     first number of each
     * @param count    how many
     * @param to       rows of sums
     * @param toStride distance of rows of sums in floats
     */
    void addSums(long factors, long stride, int rows, int begin, int vectors, int from, int count, long to,
            long toStride) {
        int whole = words == null ? 0 : words.whole(vectors);
        if (whole > 0) {
            int p = from / piece;
            words.add(factors, stride, rows, new WordSums.Span(vector(begin, p), whole, step, piece, offset),
                    from - p * piece, count, to, toStride);
        }
        if (whole < vectors) {
            addByGroups(factors + 4L * whole, stride, rows, begin + whole, vectors - whole, from, count, to, toStride);
        }
    }

    private void addByGroups(long factors, long stride, int rows, int begin, int vectors, int from, int count,
            long to, long toStride) {
        try (Scratch.Frame frame = Scratch.frame()) {
            // Loops read two rows or four; what is too much is left out in the end.
            int padded = rows + 3 & -4;
            Folded folded = new Folded(frame.floats((long) padded * vectors), frame.floats(padded), vectors, rows);
            Memory.clear(folded.factors + 4L * rows * vectors, 4L * (padded - rows) * vectors);
            long sums = frame.floats((long) padded * (Math.min(group, count) + 4 * CodeLanes.CHUNK));
            int first = from / piece;
            int pieces = (from + count - 1) / piece - first + 1;
            Grids grids = new Grids(frame.floats((long) pieces * vectors), frame.floats((long) pieces * vectors),
                    groups == 1 && stride == 1 && (pieces == 1 || step == vectors));
            if (grids.all) {
                gather(vector(begin, first), pieces * vectors, 0, grids);
            }
            int end;
            for (int j = from; j < from + count; j = end) {
                int p = j / piece;
                end = (int) Math.min(from + count, (p + 1L) * piece);
                int number = offset + j - p * piece;
                addSums(factors, stride, folded, grids.of(grids.all ? (p - first) * vectors : 0), sums,
                        vector(begin, p), number, end - j, to + 4L * (j - from), toStride, frame);
            }
        }
    }

    /**
     * Scales and minima as floats.
     *
     * @param steps  a scale a vector
     * @param lowest a minimum a vector
     * @param all    whether those of all pieces are there, or those of a group when they are asked for
     */
    private record Grids(long steps, long lowest, boolean all) {
        Grids of(int vector) {
            return new Grids(steps + 4L * vector, lowest + 4L * vector, all);
        }
    }

    private void addSums(long factors, long stride, Folded folded, Grids grids, long sums, long vector, int from,
            int count, long to, long toStride, Scratch.Frame frame) {
        int vectors = folded.vectors;
        // Codes are read from a whole byte on.
        int begun = from & -CodeLanes.N;
        Bytes bytes = bytes(vector, vectors, begun, from + count, frame);
        int j = from;
        while (j < from + count) {
            int g = j / group;
            int end = Math.min(from + count, (g + 1) * group);
            int start = j & -CodeLanes.N;
            int chunks = Math.ceilDiv(end - start, CodeLanes.CHUNK);
            int width = chunks * CodeLanes.CHUNK;
            if (!grids.all) {
                gather(vector, vectors, g, grids);
            }
            for (int row = 0; row < folded.rows; row++) {
                Memory.setFloat(folded.bases + 4L * row, CodeLanes.fold(factors + 4 * stride * row, grids.steps,
                        grids.lowest, vectors, folded.factors + 4L * vectors * row));
            }
            sum(bytes.address + (long) (start - begun) * bits / 8, bytes.pitch, folded, chunks, sums);
            for (int row = 0; row < folded.rows; row++) {
                CodeLanes.add(sums + 4L * (width * row + j - start), Memory.getFloat(folded.bases + 4L * row),
                        end - j, to + 4 * (toStride * row + j - from));
            }
            j = end;
        }
    }

    /**
     * Factors that have met the scales of a group.
     *
     * @param factors rows of factors, filled up to whole fours
     * @param bases   a sum of factors times minima a row
     * @param vectors factors of a row
     * @param rows    how many count
     */
    private record Folded(long factors, long bases, int vectors, int rows) {}

    /** Sums of all chunks of a group. */
    private void sum(long address, long pitch, Folded folded, int chunks, long sums) {
        int width = chunks * CodeLanes.CHUNK;
        int vectors = folded.vectors;
        for (int row = 0; row < folded.rows; row += CodeLanes.ROWS) {
            boolean four = folded.rows - row > 2;
            long factors = folded.factors + 4L * vectors * row;
            int chunk = 0;
            for (; bits <= 4 && !four && chunk + 2 <= chunks; chunk += 2) {
                CodeLanes.sumWide(bits, address + 2L * bits * chunk, pitch, vectors, factors, vectors,
                        sums + 4L * (width * row + CodeLanes.CHUNK * chunk), width);
            }
            for (; chunk < chunks; chunk++) {
                CodeLanes.sum(bits, address + 2L * bits * chunk, pitch, vectors, factors, vectors, four,
                        sums + 4L * (width * row + CodeLanes.CHUNK * chunk), width);
            }
        }
    }

    /** Codes where loops may read them. */
    private record Bytes(long address, long pitch) {}

    /** In place, or copied side by side where loops would read beyond the end or rows are far apart. */
    private Bytes bytes(long vector, int vectors, int from, int to, Scratch.Frame frame) {
        long pitch = (long) rowBytes * stride;
        long source = codes + rowBytes * vector + (long) from * bits / 8;
        boolean exact = bits == 8 || bits == 4 || bits == 2;
        if (exact && pitch <= FAR && wholeChunks(from, to)) {
            return new Bytes(source, pitch);
        }
        int wanted = Math.ceilDiv(to * bits, 8) - from * bits / 8;
        // Chunks of a last group that is cut read up to a chunk beyond.
        int room = wanted + 2 * bits + 15 & -8;
        long copy = frame.bytes((long) room * vectors);
        for (int i = 0; i < vectors; i++) {
            copy(source + pitch * i, copy + (long) room * i, wanted);
        }
        return new Bytes(copy, room);
    }

    /** Whether chunks end with their group or with the last number. */
    private boolean wholeChunks(int from, int to) {
        boolean groupsFit = group % CodeLanes.CHUNK == 0 || to <= group;
        int last = (to - 1) % group + 1;
        return groupsFit && from % group % CodeLanes.CHUNK == 0 && last % CodeLanes.CHUNK == 0;
    }

    /** Scales and minima of a group of every vector. */
    private void gather(long vector, int vectors, int g, Grids to) {
        gather(scales, vector, vectors, g, to.steps);
        gather(minima, vector, vectors, g, to.lowest);
    }

    private void gather(long numbers, long vector, int vectors, int g, long to) {
        long target = Memory.known(to);
        int size = half ? 2 : 4;
        long source = Memory.known(numbers + size * (vector * groups + g));
        if (half && stride * groups == 1) {
            Halves.widen(source, vectors, target);
            return;
        }
        if (half && stride == 1 && groups <= FEW_GROUPS && math.hasLanes()) {
            pick(numbers + size * vector * groups, vectors, g, target);
            return;
        }
        long step = (long) size * stride * groups;
        if (half) {
            for (int i = 0; i < vectors; i++) {
                Memory.setFloat(target + 4L * i, Float.float16ToFloat(Memory.getShort(source + step * i)));
            }
        } else {
            for (int i = 0; i < vectors; i++) {
                Memory.setFloat(target + 4L * i, Memory.getFloat(source + step * i));
            }
        }
    }

    /** Widens the halves of all groups, some vectors at a time, and picks those of one: less than to widen them singly. */
    private void pick(long from, int vectors, int g, long to) {
        int some = Math.max(1, WIDENED / groups);
        try (Scratch.Frame frame = Scratch.frame()) {
            long wide = Memory.known(frame.floats((long) some * groups));
            long target = Memory.known(to);
            for (int begin = 0; begin < vectors; begin += some) {
                int count = Math.min(some, vectors - begin);
                Halves.widen(from + 2L * groups * begin, count * groups, wide);
                for (int i = 0; i < count; i++) {
                    Memory.setFloat(target + 4L * (begin + i), Memory.getFloat(wide + 4L * (groups * i + g)));
                }
            }
        }
    }

    private static void copy(long from, long to, int bytes) {
        long source = Memory.known(from);
        long target = Memory.known(to);
        int i = 0;
        for (; i <= bytes - Lanes.BYTES; i += Lanes.BYTES) {
            Lanes.store(Lanes.ints(source + i), target + i);
        }
        for (; i <= bytes - 8; i += 8) {
            Memory.setLong(target + i, Memory.getLong(source + i));
        }
        for (; i < bytes; i++) {
            Memory.setByte(target + i, Memory.getByte(source + i));
        }
    }
}
