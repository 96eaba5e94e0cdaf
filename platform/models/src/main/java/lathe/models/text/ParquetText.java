package lathe.models.text;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

import blue.strategic.parquet.Hydrator;
import blue.strategic.parquet.ParquetReader;
import org.apache.parquet.hadoop.metadata.ColumnPath;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.hadoop.metadata.ParquetMetadata;
import org.apache.parquet.io.InputFile;
import org.apache.parquet.io.SeekableInputStream;
import org.apache.parquet.schema.LogicalTypeAnnotation.StringLogicalTypeAnnotation;
import org.apache.parquet.schema.Type;

import lathe.models.checkpoint.Visible;
import lathe.spi.LatheException;

/** The text of a Parquet file: its column {@code text}, or the only column of strings that it has. Rows without are passed over. */
final class ParquetText {
    private static final Map<CompressionCodecName, String> KNOWN = Map.of(CompressionCodecName.UNCOMPRESSED, "none",
            CompressionCodecName.SNAPPY, "snappy", CompressionCodecName.GZIP, "gzip", CompressionCodecName.ZSTD, "zstd",
            CompressionCodecName.LZ4_RAW, "lz4_raw");

    static {
        ParquetGzip.register();
    }

    private ParquetText() {}

    static List<String> documents(Path file) {
        InputFile input = new Unnamed(ParquetReader.makeInputFile(file.toFile()));
        try {
            ParquetMetadata metadata = ParquetReader.readMetadata(input);
            String column = column(file, metadata);
            requireKnownCompression(file, metadata, column);
            try (Stream<Optional<String>> rows = ParquetReader.streamContent(input, new Row(),
                    path -> path.length == 1 && path[0].equals(column) ? column : null)) {
                return rows.flatMap(Optional::stream).toList();
            }
        } catch (IOException | RuntimeException e) {
            // The library throws what it meets in a broken file.
            throw e instanceof LatheException known ? known : TextFiles.unreadable(file, e);
        }
    }

    private static void requireKnownCompression(Path file, ParquetMetadata metadata, String column) {
        metadata.getBlocks().stream().flatMap(rows -> rows.getColumns().stream())
                .filter(chunk -> chunk.getPath().equals(ColumnPath.get(column)))
                .filter(chunk -> !KNOWN.containsKey(chunk.getCodec())).findFirst().ifPresent(chunk -> {
                    throw new LatheException(Visible.path(file) + " is compressed by "
                            + chunk.getCodec().name().toLowerCase(Locale.ROOT) + ", which is not supported; known are "
                            + String.join(", ", KNOWN.values().stream().sorted().toList()) + ".");
                });
    }

    /** A file that goes by no name of its own in messages, which have its path already. */
    private record Unnamed(InputFile file) implements InputFile {
        @Override
        public long getLength() throws IOException {
            return file.getLength();
        }

        @Override
        public SeekableInputStream newStream() throws IOException {
            return file.newStream();
        }

        @Override
        public String toString() {
            return "it";
        }
    }

    private static String column(Path file, ParquetMetadata metadata) {
        List<String> texts = metadata.getFileMetaData().getSchema().getFields().stream()
                .filter(field -> field.isPrimitive()
                        && field.getLogicalTypeAnnotation() instanceof StringLogicalTypeAnnotation)
                .map(Type::getName).toList();
        if (texts.contains(TextFiles.TEXT)) {
            return TextFiles.TEXT;
        }
        if (texts.size() == 1) {
            return texts.getFirst();
        }
        throw new LatheException(Visible.path(file) + " has no column 'text'; its columns of strings are "
                + (texts.isEmpty() ? "none" : Visible.names(texts)) + ".");
    }

    /** Takes the one column that is read. */
    private static final class Row implements Hydrator<String[], Optional<String>, String> {
        @Override
        public String[] start() {
            return new String[1];
        }

        @Override
        public String[] add(String[] row, String column, Object value) {
            row[0] = value == null || column == null ? row[0] : value.toString();
            return row;
        }

        @Override
        public Optional<String> finish(String[] row) {
            return Optional.ofNullable(row[0]);
        }
    }
}
