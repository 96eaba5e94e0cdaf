package lathe.models.checkpoint;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.OutputStreamWriter;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import com.google.gson.stream.JsonWriter;

import lathe.spi.LatheException;

/** Writes the weights of a folder: one file, or shards of bounded size with an index, as {@link Checkpoint} reads them. */
public final class CheckpointWriter {
    private CheckpointWriter() {}

    /**
     * Writes a checkpoint. Shards are written under temporary names and appear together when all are written, the index
     * last; tensors are never held in memory together.
     *
     * @param folder   where it goes; made if it is not there, and must not hold sharded weights already
     * @param tensors  the tensors; shards are cut in this order
     * @param metadata texts for every file
     * @param most     bytes of tensors in one file; a larger tensor gets a file of its own
     * @throws LatheException if it cannot be written; nothing half-written is left under a final name
     */
    public static void write(Path folder, List<TensorSource> tensors, Map<String, String> metadata, long most) {
        requireNonNull(folder, "folder is null");
        if (most <= 0) {
            throw new IllegalArgumentException("A shard has at least one byte, not " + most + ".");
        }
        SafetensorsWriter.ordered(tensors);
        makeFolder(folder);
        if (RegularFile.isPresent(folder.resolve(ShardIndex.FILE))) {
            throw new LatheException(Visible.path(folder) + " already holds sharded weights (" + ShardIndex.FILE
                    + "); they are not overwritten, choose another folder.");
        }
        List<List<TensorSource>> shards = cut(tensors, most);
        if (shards.size() <= 1) {
            SafetensorsWriter.write(folder.resolve(Checkpoint.SINGLE_FILE), tensors, metadata);
        } else if (RegularFile.isPresent(folder.resolve(Checkpoint.SINGLE_FILE))) {
            throw new LatheException(Visible.path(folder) + " already holds weights in one file ("
                    + Checkpoint.SINGLE_FILE + "); shards beside it would not be read, choose another folder.");
        } else {
            writeShards(folder, shards, metadata);
        }
    }

    private static List<List<TensorSource>> cut(List<TensorSource> tensors, long most) {
        List<List<TensorSource>> shards = new ArrayList<>();
        long bytes = 0;
        for (TensorSource tensor : tensors) {
            if (shards.isEmpty() || bytes + tensor.bytes() > most && bytes > 0) {
                shards.add(new ArrayList<>());
                bytes = 0;
            }
            shards.getLast().add(tensor);
            bytes += tensor.bytes();
        }
        return shards;
    }

    private static void writeShards(Path folder, List<List<TensorSource>> shards, Map<String, String> metadata) {
        List<AtomicFile> written = new ArrayList<>();
        Map<String, String> shardOfTensor = new TreeMap<>();
        try {
            for (int i = 0; i < shards.size(); i++) {
                String name = String.format("model-%05d-of-%05d.safetensors", i + 1, shards.size());
                List<TensorSource> shard = shards.get(i);
                shard.forEach(tensor -> shardOfTensor.put(tensor.name(), name));
                written.add(AtomicFile.prepare(folder.resolve(name),
                        channel -> SafetensorsWriter.fill(channel, shard, metadata)));
            }
            long total = shards.stream().flatMap(List::stream).mapToLong(TensorSource::bytes).sum();
            written.add(AtomicFile.prepare(folder.resolve(ShardIndex.FILE),
                    channel -> writeIndex(channel, shardOfTensor, total)));
            written.forEach(AtomicFile::publish);
        } finally {
            written.forEach(AtomicFile::close);
        }
    }

    private static void writeIndex(FileChannel channel, Map<String, String> shardOfTensor, long total)
            throws IOException {
        // Not closed: that would close the channel before it is forced to the disk.
        JsonWriter json = new JsonWriter(
                new OutputStreamWriter(Channels.newOutputStream(channel), StandardCharsets.UTF_8));
        json.setIndent("  ");
        json.setHtmlSafe(false);
        json.beginObject().name("metadata").beginObject().name("total_size").value(total).endObject();
        json.name("weight_map").beginObject();
        for (Map.Entry<String, String> entry : shardOfTensor.entrySet()) {
            json.name(entry.getKey()).value(entry.getValue());
        }
        json.endObject().endObject().flush();
    }

    private static void makeFolder(Path folder) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new LatheException("The folder " + Visible.path(folder) + " cannot be made: "
                    + Visible.escape(String.valueOf(e.getMessage())) + ".", e);
        }
    }
}
