package lathe.runtime.store;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import lathe.models.transformer.ModelWeights;
import lathe.runtime.compress.Journal;
import lathe.runtime.compress.OperatorCodec;
import lathe.runtime.portrait.MethodNotes;
import lathe.spi.LatheException;
import lathe.spi.Progress;
import lathe.spi.model.Site;
import lathe.spi.tensor.Scope;
import lathe.spi.weight.BlockEdit;

/**
 * Keeps finished blocks of a node in the store, each under an address of its own that follows from the node's: they are of
 * use only to a walk with the same inputs, configuration and code.
 */
public final class BlockJournal implements Journal {
    private final ArtifactStore store;
    private final String address;
    private final String node;
    private final Progress progress;
    private final MethodNotes notes;
    private final Map<Integer, Artifact> kept = new HashMap<>();
    private final List<ModelFiles.StoredBlock> mapped = new ArrayList<>();
    private boolean told;

    /**
     * @param store    where blocks are kept
     * @param address  content address of the node's result
     * @param node     for people
     * @param progress told when a walk goes on, and when a block cannot be kept
     * @param notes    what the method notes; kept with the blocks
     */
    public BlockJournal(ArtifactStore store, String address, String node, Progress progress, MethodNotes notes) {
        this.notes = requireNonNull(notes, "notes is null");
        this.store = requireNonNull(store, "store is null");
        this.address = requireNonNull(address, "address is null");
        this.node = requireNonNull(node, "node is null");
        this.progress = requireNonNull(progress, "progress is null");
    }

    private String address(int block) {
        return address + "-block-" + block;
    }

    @Override
    public Optional<BlockEdit> recall(int block, Scope scope) {
        Optional<Artifact> found = store.find(address(block), progress::note);
        if (found.isPresent() && block == 0) {
            progress.note("A run that was cut off has left finished blocks; this one goes on after them.");
        }
        found.ifPresent(artifact -> notes.add(NoteFiles.read(artifact.folder())));
        return found.map(artifact -> map(block, artifact, scope));
    }

    private BlockEdit map(int block, Artifact artifact, Scope scope) {
        kept.put(block, artifact);
        ModelFiles.StoredBlock stored = ModelFiles.readBlock(artifact.folder(), scope);
        mapped.add(stored);
        return stored.edit();
    }

    @Override
    public Optional<BlockEdit> keep(int block, ModelWeights weights, Scope scope) {
        for (Site site : weights.sites(block)) {
            if (!OperatorCodec.decodes(weights.operator(site))) {
                return Optional.empty();
            }
        }
        try {
            Artifact artifact = store.put(address(block), node + " block " + block, "{}",
                    folder -> {
                        ModelFiles.writeBlock(weights, block, folder);
                        NoteFiles.write(notes.of(block), folder);
                    });
            return Optional.of(map(block, artifact, scope));
        } catch (LatheException full) {
            // Said once: it would be said of every block.
            if (!told) {
                progress.note(full.getMessage() + " The walk goes on without keeping blocks.");
                told = true;
            }
            return Optional.empty();
        }
    }

    @Override
    public void release() {
        mapped.forEach(ModelFiles.StoredBlock::close);
        mapped.clear();
    }

    /** Removes the blocks, when the node's result is there. */
    public void clear() {
        kept.values().forEach(store::remove);
        kept.clear();
    }
}
