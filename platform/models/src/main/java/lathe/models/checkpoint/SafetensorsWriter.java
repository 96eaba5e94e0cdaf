package lathe.models.checkpoint;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

import com.google.gson.stream.JsonWriter;

/**
 * Writes safetensors files, tensor after tensor with no copy of the whole. The same tensors give the same bytes: the
 * order is that of the reference library (wide elements first, then by name), metadata are sorted.
 */
public final class SafetensorsWriter {
    /** The data begin at a multiple of this, so that a mapped file is aligned for vector loads. */
    private static final int ALIGNMENT = 64;

    private SafetensorsWriter() {}

    /**
     * Writes one file, whole or not at all.
     *
     * @param place    where it goes; an older file there is replaced
     * @param tensors  its tensors, in any order, no name twice
     * @param metadata texts for {@code __metadata__}; transformers wants {@code format = pt}
     * @throws lathe.spi.LatheException if it cannot be written; an older file is then untouched
     */
    public static void write(Path place, List<TensorSource> tensors, Map<String, String> metadata) {
        AtomicFile.write(place, channel -> fill(channel, tensors, metadata));
    }

    static void fill(FileChannel channel, List<TensorSource> tensors, Map<String, String> metadata) throws IOException {
        List<TensorSource> ordered = ordered(tensors);
        writeFully(channel, header(ordered, metadata));
        for (TensorSource tensor : ordered) {
            long before = channel.position();
            tensor.writeTo(channel);
            long written = channel.position() - before;
            if (written != tensor.bytes()) {
                throw new IllegalStateException("The content of " + tensor.name() + " has " + written + " bytes, not "
                        + tensor.bytes() + ".");
            }
        }
    }

    static List<TensorSource> ordered(List<TensorSource> tensors) {
        requireNonNull(tensors, "tensors is null");
        Set<String> names = new HashSet<>();
        for (TensorSource tensor : tensors) {
            if (!names.add(tensor.name())) {
                throw new IllegalArgumentException("The tensor " + tensor.name() + " is to be written twice.");
            }
        }
        return tensors.stream().sorted(Comparator.<TensorSource>comparingInt(tensor -> -tensor.type().bits())
                .thenComparing(TensorSource::name)).toList();
    }

    private static ByteBuffer header(List<TensorSource> tensors, Map<String, String> metadata) throws IOException {
        StringWriter text = new StringWriter();
        try (JsonWriter json = new JsonWriter(text)) {
            json.setHtmlSafe(false);
            json.beginObject();
            if (!metadata.isEmpty()) {
                json.name("__metadata__").beginObject();
                for (Map.Entry<String, String> entry : new TreeMap<>(metadata).entrySet()) {
                    json.name(entry.getKey()).value(entry.getValue());
                }
                json.endObject();
            }
            long offset = 0;
            for (TensorSource tensor : tensors) {
                describe(json, tensor, offset);
                offset += tensor.bytes();
            }
            json.endObject();
        }
        byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
        int padded = (Long.BYTES + bytes.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        ByteBuffer header = ByteBuffer.allocate(padded).order(ByteOrder.LITTLE_ENDIAN);
        header.putLong(padded - Long.BYTES).put(bytes);
        while (header.hasRemaining()) {
            header.put((byte) ' ');
        }
        return header.flip();
    }

    private static void describe(JsonWriter json, TensorSource tensor, long offset) throws IOException {
        json.name(tensor.name()).beginObject().name("dtype").value(tensor.type().name()).name("shape").beginArray();
        for (long size : tensor.shape()) {
            json.value(size);
        }
        json.endArray().name("data_offsets").beginArray().value(offset).value(offset + tensor.bytes()).endArray();
        json.endObject();
    }

    private static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }
}
