package lathe.models.checkpoint;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

import lathe.spi.LatheException;

/**
 * The weights in a model's folder, in one safetensors file or in several with an index. Everything is mapped; opening
 * reads the headers alone.
 */
public final class Checkpoint implements AutoCloseable {
    /** The name of a checkpoint in one file. */
    public static final String SINGLE_FILE = "model.safetensors";

    private final Path folder;
    private final List<SafetensorsFile> files;
    private final Map<String, TensorEntry> tensors = new LinkedHashMap<>();

    private Checkpoint(Path folder, List<SafetensorsFile> files) {
        this.folder = folder;
        this.files = List.copyOf(files);
    }

    /**
     * Opens the weights in a folder: {@code model.safetensors}, or the shards that
     * {@code model.safetensors.index.json} names.
     *
     * @param folder a model's folder
     * @return the checkpoint, to be closed by the caller
     * @throws LatheException if there are no safetensors weights, a file is broken, or index and files disagree
     */
    public static Checkpoint open(Path folder) {
        requireNonNull(folder, "folder is null");
        RegularFile.requireFolder(folder);
        if (RegularFile.isPresent(folder.resolve(SINGLE_FILE))) {
            return open(folder, List.of(folder.resolve(SINGLE_FILE)), Optional.empty());
        }
        Path index = folder.resolve(ShardIndex.FILE);
        if (RegularFile.isPresent(index)) {
            ShardIndex shards = ShardIndex.read(index);
            shards.requireFiles();
            return open(folder, shards.shards().stream().map(folder::resolve).toList(), Optional.of(shards));
        }
        throw new LatheException(withoutWeights(folder));
    }

    /**
     * Opens one safetensors file as a checkpoint of its own.
     *
     * @param file the file
     * @return the checkpoint, to be closed by the caller
     * @throws LatheException if the file cannot be read or is broken
     */
    public static Checkpoint ofFile(Path file) {
        requireNonNull(file, "file is null");
        return open(file.toAbsolutePath().getParent(), List.of(file), Optional.empty());
    }

    /**
     * The folder.
     *
     * @return its path
     */
    public Path folder() {
        return folder;
    }

    /**
     * The names of all tensors, file by file in the order of their bytes: reading in this order reads forward.
     *
     * @return the names
     */
    public Set<String> names() {
        return Collections.unmodifiableSet(tensors.keySet());
    }

    /**
     * All tensors, in the order of {@link #names()}.
     *
     * @return the tensors
     */
    public Collection<TensorEntry> entries() {
        return Collections.unmodifiableCollection(tensors.values());
    }

    /**
     * A tensor that may be missing.
     *
     * @param name its name
     * @return the tensor, or nothing
     */
    public Optional<TensorEntry> find(String name) {
        return Optional.ofNullable(tensors.get(name));
    }

    /**
     * A tensor that must be there.
     *
     * @param name its name
     * @return the tensor
     * @throws LatheException if there is none of that name
     */
    public TensorEntry entry(String name) {
        return find(name).orElseThrow(() -> new LatheException("The checkpoint in " + Visible.path(folder)
                + " has no tensor " + Visible.name(name) + "."));
    }

    /**
     * The metadata of all files; where two have the same key the later file counts.
     *
     * @return keys and texts
     */
    public Map<String, String> metadata() {
        Map<String, String> all = new LinkedHashMap<>();
        files.forEach(file -> all.putAll(file.metadata()));
        return Collections.unmodifiableMap(all);
    }

    /**
     * The files that hold the weights.
     *
     * @return their paths, sorted
     */
    public List<Path> files() {
        return files.stream().map(SafetensorsFile::path).toList();
    }

    /**
     * The bytes of all tensors together.
     *
     * @return the sum
     */
    public long bytes() {
        return tensors.values().stream().mapToLong(TensorEntry::bytes).sum();
    }

    /** Releases all mappings; no tensor's segment can be read afterwards. */
    @Override
    public void close() {
        files.forEach(SafetensorsFile::close);
    }

    private static Checkpoint open(Path folder, List<Path> paths, Optional<ShardIndex> index) {
        List<SafetensorsFile> opened = new ArrayList<>();
        try {
            paths.forEach(path -> opened.add(SafetensorsFile.open(path)));
            Checkpoint checkpoint = new Checkpoint(folder, opened);
            opened.forEach(checkpoint::addAll);
            index.ifPresent(shards -> shards.requireAgreement(checkpoint.tensors));
            return checkpoint;
        } catch (RuntimeException e) {
            opened.forEach(SafetensorsFile::close);
            throw e;
        }
    }

    private void addAll(SafetensorsFile file) {
        for (TensorEntry entry : file.tensors()) {
            TensorEntry other = tensors.put(entry.name(), entry);
            if (other != null) {
                throw new LatheException("The tensor " + Visible.name(entry.name()) + " is in two files, "
                        + Visible.path(other.file()) + " and " + Visible.path(entry.file()) + ".");
            }
        }
    }

    private static String withoutWeights(Path folder) {
        String here = Visible.path(folder);
        try (Stream<Path> content = Files.list(folder)) {
            Optional<String> pickle = content.map(path -> path.getFileName().toString())
                    .filter(name -> name.endsWith(".bin") || name.endsWith(".pt") || name.endsWith(".pth"))
                    .sorted().findFirst();
            return pickle
                    .map(name -> here + " holds weights only as a pickle (" + Visible.name(name) + "), which is never "
                            + "opened because it can run code; safetensors are needed (" + SINGLE_FILE + ").")
                    .orElse(here + " holds no weights; " + SINGLE_FILE + " or " + ShardIndex.FILE + " is needed.");
        } catch (IOException e) {
            return RegularFile.unreadable(folder, e).getMessage();
        }
    }
}
