package lathe.models.checkpoint;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import lathe.spi.LatheException;

/**
 * The index of a checkpoint in several files: which tensor lies in which. A shard's name is a plain file name: no path
 * leads out of the folder.
 */
final class ShardIndex {
    static final String FILE = "model.safetensors.index.json";
    private static final long LONGEST = 100_000_000;
    private static final int MOST_SHARDS = 10_000;

    private final Path file;
    private final Map<String, String> shardOfTensor = new LinkedHashMap<>();

    private ShardIndex(Path file) {
        this.file = file;
    }

    static ShardIndex read(Path file) {
        ShardIndex index = new ShardIndex(file);
        if (!(StrictJson.readObject(file, LONGEST).get("weight_map") instanceof Map<?, ?> map)) {
            throw index.problem("it has no object 'weight_map'");
        }
        map.forEach((tensor, shard) -> index.add((String) tensor, shard));
        if (index.shards().size() > MOST_SHARDS) {
            throw index.problem("it names more than " + MOST_SHARDS + " files");
        }
        return index;
    }

    /** The names of the files, each once, sorted. */
    List<String> shards() {
        return shardOfTensor.values().stream().distinct().sorted().toList();
    }

    /** Checks that the files are there. */
    void requireFiles() {
        for (String shard : shards()) {
            if (!RegularFile.isPresent(file.resolveSibling(shard))) {
                throw problem("it names the file " + Visible.name(shard) + ", which is not there");
            }
        }
    }

    /** Checks that every tensor lies where the index says, and that no other lies there. */
    void requireAgreement(Map<String, TensorEntry> tensors) {
        shardOfTensor.forEach((tensor, shard) -> {
            TensorEntry found = tensors.get(tensor);
            if (found == null) {
                throw problem("it says that the tensor " + Visible.name(tensor) + " is in " + Visible.name(shard)
                        + ", but no file of the checkpoint holds it");
            }
            String actual = found.file().getFileName().toString();
            if (!actual.equals(shard)) {
                throw problem("it says that the tensor " + Visible.name(tensor) + " is in " + Visible.name(shard)
                        + ", but it is in " + Visible.name(actual));
            }
        });
        for (TensorEntry entry : tensors.values()) {
            if (!shardOfTensor.containsKey(entry.name())) {
                throw problem("it does not list the tensor " + Visible.name(entry.name()) + " that is in "
                        + Visible.name(entry.file().getFileName().toString()));
            }
        }
    }

    private void add(String tensor, Object shard) {
        if (!(shard instanceof String name)) {
            throw problem("the entry of " + Visible.name(tensor) + " in 'weight_map' is not the name of a file");
        }
        if (!isPlainName(name)) {
            throw problem("it says that the tensor " + Visible.name(tensor) + " is in " + Visible.name(name)
                    + ", which is not a file of this folder; a plain file name is needed");
        }
        shardOfTensor.put(tensor, name);
    }

    private static boolean isPlainName(String name) {
        if (name.isEmpty() || name.equals(".") || name.equals("..") || name.indexOf('/') >= 0
                || name.indexOf('\\') >= 0) {
            return false;
        }
        try {
            return Path.of(name).getNameCount() == 1;
        } catch (InvalidPathException e) {
            return false;
        }
    }

    private LatheException problem(String what) {
        return new LatheException(Visible.path(file) + " cannot be used: " + what + ".");
    }
}
