package lathe.models.text;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

import blue.strategic.parquet.Hydrator;
import blue.strategic.parquet.ParquetReader;
import org.apache.parquet.hadoop.metadata.ParquetMetadata;
import org.apache.parquet.schema.LogicalTypeAnnotation.StringLogicalTypeAnnotation;
import org.apache.parquet.schema.Type;

import lathe.models.checkpoint.Visible;
import lathe.spi.LatheException;

/** The text of a Parquet file: its column {@code text}, or the only column of strings that it has. Rows without are passed over. */
final class ParquetText {
    private ParquetText() {}

    static List<String> documents(Path file) {
        try {
            String column = column(file, ParquetReader.readMetadata(file.toFile()));
            try (Stream<Optional<String>> rows = ParquetReader.streamContent(file.toFile(), new Row(),
                    path -> path.length == 1 && path[0].equals(column) ? column : null)) {
                return rows.flatMap(Optional::stream).toList();
            }
        } catch (IOException | RuntimeException e) {
            // The library throws what it meets in a broken file.
            throw e instanceof LatheException known ? known : TextFiles.unreadable(file, e);
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
