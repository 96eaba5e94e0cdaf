package lathe.engine.attention;

import lathe.engine.kernels.Lanes;
import lathe.engine.kernels.Memory;
import lathe.engine.kernels.RowMath;
import lathe.engine.kernels.Scratch;
import lathe.spi.kv.PackedVectors;
import lathe.spi.kv.StoredBlock;
import lathe.spi.tensor.DataType;

/**
 * Codes of a block by address: its vectors are tokens or channels, x = code * scale + minimum. A sum over vectors is taken
 * from the codes themselves, sum f x = (sum f scale * code) + sum f minimum, group by group: scales meet the factors once,
 * not every number.
 */
final class CodedVectors {
    /** Rows of codes further apart than this fall into few sets of the first-level cache. */
    private static final int FAR = 512;

    private final RowMath math;
    private final int bits;
    private final int group;
    private final int groups;
    /** By how much numbers are shifted to their group, -1 if they must be divided. */
    private final int shift;
    private final long codes;
    private final int rowBytes;
    private final long scales;
    private final long minima;
    private final boolean half;
    private final int first;
    private final int stride;

    CodedVectors(StoredBlock.Packed block, RowMath math) {
        PackedVectors packed = block.vectors();
        this.math = math;
        this.bits = packed.bits();
        this.group = packed.group();
        this.groups = packed.length() / group;
        this.shift = Integer.bitCount(group) == 1 ? Integer.numberOfTrailingZeros(group) : -1;
        this.codes = Memory.address(packed.packed());
        this.rowBytes = packed.packed().size(1);
        this.scales = Memory.address(packed.scales());
        this.minima = Memory.address(packed.minima());
        this.half = packed.scales().type() == DataType.F16;
        this.first = block.first();
        this.stride = block.stride();
    }

    /** Whether sums can be taken from codes. */
    boolean sums() {
        return math.hasLanes() && CodeLanes.reads(bits) && (group % CodeLanes.N == 0 || groups == 1);
    }

    /** Numbers of a packed vector. */
    int length() {
        return group * groups;
    }

    private long vector(int i) {
        return first + (long) stride * i;
    }

    private float stored(long numbers, int i, int g) {
        long index = vector(i) * groups + g;
        return half
                ? Float.float16ToFloat(Memory.getShort(numbers + 2 * index))
                : Memory.getFloat(numbers + 4 * index);
    }

    /** Number j of vector i. */
    float get(int i, int j) {
        long bit = (long) j * bits;
        long at = codes + rowBytes * vector(i) + (bit >> 3);
        int low = (int) bit & 7;
        int word = Memory.getByte(at);
        if (low + bits > 8) {
            word |= Memory.getByte(at + 1) << 8;
        }
        int code = word >> low & (1 << bits) - 1;
        int g = shift < 0 ? j / group : j >> shift;
        return Math.fma(code, stored(scales, i, g), stored(minima, i, g));
    }

    /**
     * Subtracts single numbers: to[n] -= x[begin + vectors[n], offset + numbers[n]].
     *
     * @param begin   vector from which vectors are counted
     * @param offset  number from which numbers are counted
     * @param vectors ints
     * @param numbers ints
     * @param count   how many
     * @param to      floats
     */
    void subtract(int begin, int offset, long vectors, long numbers, int count, long to) {
        long target = Memory.known(to);
        for (int n = 0; n < count; n++) {
            float number = get(begin + Memory.getInt(vectors + 4L * n), offset + Memory.getInt(numbers + 4L * n));
            Memory.setFloat(target + 4L * n, Memory.getFloat(target + 4L * n) - number);
        }
    }

    /** Numbers [from, from + count) of vector i. */
    void read(int i, int from, int count, long to) {
        int j = from;
        while (j < from + count) {
            int g = j / group;
            int end = Math.min(from + count, (g + 1) * group);
            int whole = sums() && j * bits % 8 == 0 ? (end - j) / CodeLanes.N * CodeLanes.N : 0;
            if (whole > 0) {
                CodeLanes.expand(bits, codes + rowBytes * vector(i) + (long) j * bits / 8, whole, stored(scales, i, g),
                        stored(minima, i, g), to + 4L * (j - from));
            }
            for (int k = j + whole; k < end; k++) {
                Memory.setFloat(to + 4L * (k - from), get(i, k));
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
        try (Scratch.Frame frame = Scratch.frame()) {
            // Loops read two rows or four; what is too much is left out in the end.
            int padded = rows + 3 & -4;
            Folded folded = new Folded(frame.floats((long) padded * vectors), frame.floats(padded), vectors, rows);
            Memory.clear(folded.factors + 4L * rows * vectors, 4L * (padded - rows) * vectors);
            long steps = frame.floats(vectors);
            long lowest = frame.floats(vectors);
            // Codes are read from a whole byte on.
            int begun = from & -CodeLanes.N;
            Bytes bytes = bytes(begin, vectors, begun, from + count, frame);
            long sums = frame.floats((long) padded * (Math.min(group, count) + 4 * CodeLanes.CHUNK));
            int j = from;
            while (j < from + count) {
                int g = j / group;
                int end = Math.min(from + count, (g + 1) * group);
                int start = j & -CodeLanes.N;
                int chunks = Math.ceilDiv(end - start, CodeLanes.CHUNK);
                int width = chunks * CodeLanes.CHUNK;
                gather(scales, begin, vectors, g, steps);
                gather(minima, begin, vectors, g, lowest);
                for (int row = 0; row < rows; row++) {
                    Memory.setFloat(folded.bases + 4L * row, CodeLanes.fold(factors + 4 * stride * row, steps, lowest,
                            vectors, folded.factors + 4L * vectors * row));
                }
                sum(bytes.address + (long) (start - begun) * bits / 8, bytes.pitch, folded, chunks, sums);
                for (int row = 0; row < rows; row++) {
                    CodeLanes.add(sums + 4L * (width * row + j - start), Memory.getFloat(folded.bases + 4L * row),
                            end - j, to + 4 * (toStride * row + j - from));
                }
                j = end;
            }
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
    private Bytes bytes(int begin, int vectors, int from, int to, Scratch.Frame frame) {
        long pitch = (long) rowBytes * stride;
        long source = codes + rowBytes * vector(begin) + (long) from * bits / 8;
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
        return groupsFit && from % group % CodeLanes.CHUNK == 0 && to % group % CodeLanes.CHUNK == 0;
    }

    /** Scales or minima of a group of every vector. */
    private void gather(long numbers, int begin, int vectors, int g, long to) {
        long target = Memory.known(to);
        int size = half ? 2 : 4;
        long source = Memory.known(numbers + size * (vector(begin) * groups + g));
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
