package lathe.benchmarks;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import lathe.engine.Engine;
import lathe.runtime.source.RandomModel;
import lathe.spi.operator.BitPacking;
import lathe.testkit.scene.MethodFactory;
import lathe.testkit.scene.MethodSource;

/**
 * A model of the Llama kind with random weights, larger than the caches of a processor, and what it costs to run it.
 *
 * @param sizes  what it is made of; the head is the embedding
 * @param folder where its files lie
 */
record BenchmarkModel(RandomModel.Sizes sizes, Path folder) {
    /** The system property that names the folder to processes of benchmarks. */
    static final String FOLDER = "lathe.benchmarks.model";
    /** Tokens before the first measured one of decoding. */
    static final int CONTEXT = 64;
    /** Tokens of the prompt whose prefill is measured. */
    static final int PROMPT = 512;
    /** Tokens of a sequence at most. */
    static final int POSITIONS = 2048;

    private static final int GROUP = 64;
    private static final int JLAMA_BLOCK = 32;

    /** 202 million parameters: 404 MB in bfloat16. */
    static final RandomModel.Sizes LARGE = sizes(15, 1024, 2816, 16, 4, 32000, 0.02, RandomModel.Type.BF16);

    /** Checks the parts. */
    BenchmarkModel {
        requireNonNull(sizes, "sizes is null");
        requireNonNull(folder, "folder is null");
    }

    /** Sizes of a model whose head is its embedding. */
    static RandomModel.Sizes sizes(int layers, int hidden, int width, int heads, int kvHeads, int vocabulary,
            double deviation, RandomModel.Type type) {
        return new RandomModel.Sizes("llama", layers, hidden, width, heads, kvHeads, vocabulary, POSITIONS, true,
                deviation, type);
    }

    /** Writes the model's files into an empty folder, from where they are read as if they had been there for long. */
    static BenchmarkModel make(RandomModel.Sizes sizes, Path folder) {
        MethodFactory factory = new MethodFactory(new MethodSource(List.of()), Engine.shared());
        BenchmarkModel model = new BenchmarkModel(sizes, new RandomModel(sizes, factory.services()).fetch(folder));
        try (Stream<Path> files = Files.list(model.folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                PageCache.forget(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return model;
    }

    /** The model that the starting process has made. */
    static BenchmarkModel made() {
        return new BenchmarkModel(LARGE, Path.of(requireNonNull(System.getProperty(FOLDER), FOLDER + " is not set")));
    }

    /** Deletes the files. */
    void delete() {
        try (Stream<Path> below = Files.walk(folder)) {
            below.sorted((one, other) -> other.compareTo(one)).forEach(BenchmarkModel::deleteFile);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void deleteFile(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ids of a prompt, always the same. */
    int[] tokens(int count) {
        return IntStream.range(0, count).map(i -> (i * 7919 + 11) % sizes.vocabulary()).toArray();
    }

    /** The linears of one block, each [rows, columns]. */
    private static List<int[]> linears(RandomModel.Sizes sizes) {
        int hidden = sizes.hidden();
        int kvWidth = hidden / sizes.heads() * sizes.kvHeads();
        return List.of(new int[] {hidden, hidden}, new int[] {kvWidth, hidden}, new int[] {kvWidth, hidden},
                new int[] {hidden, hidden}, new int[] {sizes.width(), hidden}, new int[] {sizes.width(), hidden},
                new int[] {hidden, sizes.width()});
    }

    private static long linearBytes(RandomModel.Sizes sizes, RowBytes form) {
        return sizes.layers() * linears(sizes).stream().mapToLong(shape -> shape[0] * form.of(shape[1])).sum();
    }

    /** What a row takes. */
    @FunctionalInterface
    private interface RowBytes {
        long of(int columns);
    }

    /**
     * Bytes that one new token reads of a form: linears as they are stored, head and norms as they came.
     *
     * @param sizes the model
     * @param form  f32, bf16, int4 (groups of 64 with 16-bit scales and packed zeros), q4 (Jlama's, blocks of 32 with
     *              32-bit scales)
     * @return bytes
     */
    static long decodeBytes(RandomModel.Sizes sizes, String form) {
        long plain = form.equals("f32") ? 4 : 2;
        RowBytes row = switch (form) {
            case "f32", "bf16" -> columns -> plain * columns;
            case "int4" -> columns -> BitPacking.rowBytes(columns, 4) + 2L * columns / GROUP
                    + BitPacking.rowBytes(columns / GROUP, 4);
            case "q4" -> columns -> columns / 2 + 4L * columns / JLAMA_BLOCK;
            default -> throw Work.unknown("The model", form);
        };
        long norms = (2L * sizes.layers() + 1) * sizes.hidden();
        return linearBytes(sizes, row) + plain * ((long) sizes.vocabulary() * sizes.hidden() + norms);
    }

    /** Multiplications and additions of a prompt: linears, attention up to each token, the head of the last. */
    static double prefillFlops(RandomModel.Sizes sizes, int tokens) {
        double attention = 4.0 * tokens * (tokens + 1) / 2 * sizes.hidden() * sizes.layers();
        return 2.0 * tokens * linearBytes(sizes, columns -> columns) + attention
                + 2.0 * sizes.vocabulary() * sizes.hidden();
    }
}
