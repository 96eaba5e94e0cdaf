package lathe.models.text;

import static lathe.models.checkpoint.Sentences.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

import blue.strategic.parquet.ParquetWriter;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Types;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextFilesTest {
    private static final List<String> DOCUMENTS = List.of("One.\nStill one.", "Zwei: \u00e4\u00f6\u00fc \ud83d\ude00",
            "three");

    /** Rows (1, "One.\nStill one."), (2, none), (3, "three " eight times) in columns id and text, written by pyarrow. */
    private static final String GZIP = "UEFSMRUAFTwVRCwVBhUAFQYVBhwAAAAfiwgAAAAAAAIDY2JgYGBjZGSAACYozQylAb3ymmoeAAAAFQAVmgEVaiwVBhUA"
            + "FQYVBhwAAAAfiwgAAAAAAAIDY2JgYGBm5QeS/nmpelzBJZk5OQr5QKYBUKgkoyg1VYF4EgBsuIJ2TQAAABUEGTw1ABgG"
            + "c2NoZW1hFQQAFQQlAhgCaWQAFQwlAhgEdGV4dCUATBwAAAAWBhkcGSwmABwVBBklBgAZGAJpZBUEFgYWYhZqJghJHBUA"
            + "FQAVAgA8KQYZJgAGAAAAJgAcFQwZJQYAGRgEdGV4dBUEFgYWwgEWkgEmckkcFQAVABUCADwWfhkGGSYCBAAAABakAhYG"
            + "JggW/AEAKCBwYXJxdWV0LWNwcC1hcnJvdyB2ZXJzaW9uIDI1LjAuMRksHAAAHAAAAMMAAABQQVIx";
    private static final String BROTLI = "UEFSMRUAFTwVJiwVBhUAFQYVBhwAAAAbHQAABG4M19lAI7wUIi3giroBFQAVmgEVXiwVBhUAFQYVBhwAAAAbTAAABMpt"
            + "x8bKiqEuJDE1gyE/mBTEjiQWWYzSgXB4bIBHK/Oo53qJug4N4O8nFRUEGTw1ABgGc2NoZW1hFQQAFQQlAhgCaWQAFQwl"
            + "AhgEdGV4dCUATBwAAAAWBhkcGSwmABwVBBklBgAZGAJpZBUIFgYWYhZMJghJHBUAFQAVAgA8KQYZJgAGAAAAJgAcFQwZ"
            + "JQYAGRgEdGV4dBUIFgYWwgEWhgEmVEkcFQAVABUCADwWfhkGGSYCBAAAABakAhYGJggW0gEAKCBwYXJxdWV0LWNwcC1h"
            + "cnJvdyB2ZXJzaW9uIDI1LjAuMRksHAAAHAAAAMMAAABQQVIx";

    @TempDir
    Path folder;

    @Test
    void aPlainFileIsOneDocument() throws IOException {
        Path file = Files.writeString(folder.resolve("a.txt"), DOCUMENTS.get(0));
        assertThat(TextFiles.documents(file)).containsExactly(DOCUMENTS.get(0));
        assertThat(TextFiles.isCollection(file)).isFalse();
        Files.write(folder.resolve("b.txt"), new byte[] {(byte) 0xff, 'a'});
        assertRefused(() -> TextFiles.documents(folder.resolve("b.txt")), "b.txt", "not text in UTF-8");
    }

    @Test
    void jsonLinesAreObjectsWithTextOrStrings() throws IOException {
        Path file = Files.writeString(folder.resolve("a.jsonl"),
                "{\"text\": \"One.\\nStill one.\", \"id\": 7}\n\n\"Zwei: \u00e4\u00f6\u00fc \ud83d\ude00\"\n{\"text\":\"three\"}\n");
        assertThat(TextFiles.documents(file)).isEqualTo(DOCUMENTS);
        assertThat(TextFiles.text(file)).isEqualTo(String.join("\n\n", DOCUMENTS));
        Files.writeString(file, "{\"text\": \"fine\"}\n{\"body\": 1}\n");
        assertRefused(() -> TextFiles.documents(file), "Line 2 of", "a.jsonl", "'text'");
        Files.writeString(file, "{\"text\": \n");
        assertRefused(() -> TextFiles.documents(file), "Line 1 of", "no JSON");
    }

    @Test
    void parquetGivesTheColumnOfText() throws IOException {
        Path file = folder.resolve("a.parquet");
        write(file, "text", "url");
        assertThat(TextFiles.documents(file)).isEqualTo(DOCUMENTS);
        write(folder.resolve("b.parquet"), "body");
        assertThat(TextFiles.documents(folder.resolve("b.parquet"))).isEqualTo(DOCUMENTS);
        write(folder.resolve("c.parquet"), "body", "url");
        assertRefused(() -> TextFiles.documents(folder.resolve("c.parquet")), "c.parquet", "'text'", "body", "url");
    }

    @Test
    void aBrokenParquetFileIsRefusedByName() throws IOException {
        Path file = folder.resolve("broken.parquet");
        Files.writeString(file, "PAR1 this is nothing of the sort PAR1");
        assertRefused(() -> TextFiles.documents(file), "broken.parquet", "cannot be read");
        Files.writeString(file, "PAR1");
        assertRefused(() -> TextFiles.documents(file), "broken.parquet cannot be read: it is not a Parquet file");
        Files.writeString(file, "");
        assertRefused(() -> TextFiles.documents(file), "broken.parquet", "cannot be read");
        assertRefused(() -> TextFiles.documents(folder.resolve("absent.parquet")), "absent.parquet");
    }

    @Test
    void readsParquetThatIsCompressedByGzip() throws IOException {
        Path file = Files.write(folder.resolve("a.parquet"), Base64.getDecoder().decode(GZIP));
        assertThat(TextFiles.documents(file)).containsExactly(DOCUMENTS.get(0), "three ".repeat(8));
    }

    @Test
    void namesACompressionOfParquetThatCannotBeRead() throws IOException {
        Path file = Files.write(folder.resolve("a.parquet"), Base64.getDecoder().decode(BROTLI));
        assertRefused(() -> TextFiles.documents(file), "a.parquet is compressed by brotli", "gzip", "zstd");
    }

    private static void write(Path file, String... columns) throws IOException {
        var fields = new ArrayList<org.apache.parquet.schema.Type>();
        fields.add(Types.required(PrimitiveTypeName.INT32).named("id"));
        for (String column : columns) {
            fields.add(Types.optional(PrimitiveTypeName.BINARY).as(LogicalTypeAnnotation.stringType()).named(column));
        }
        MessageType schema = new MessageType("document", fields);
        try (ParquetWriter<Integer> writer = ParquetWriter.writeFile(schema, file.toFile(), (index, row) -> {
            row.write("id", index);
            if (index < DOCUMENTS.size()) {
                row.write(columns[0], DOCUMENTS.get(index));
            }
            if (columns.length > 1) {
                row.write(columns[1], "https://example.org/" + index);
            }
        })) {
            // The last row has no text.
            for (int i = 0; i <= DOCUMENTS.size(); i++) {
                writer.write(i);
            }
        }
    }
}
