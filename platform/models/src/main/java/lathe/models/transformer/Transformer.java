package lathe.models.transformer;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;

import lathe.models.architecture.ArchitectureConfig;
import lathe.models.architecture.ModelFolder;
import lathe.models.architecture.TensorRole;
import lathe.spi.LatheException;
import lathe.spi.backend.Compute;
import lathe.spi.model.ModelInfo;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.BlockScene;

/**
 * A model that can be computed: its shape, its weights, a processor. Whole passes, single blocks and parts of blocks.
 * Immutable and safe for use by several threads; {@link #with} gives a transformer with other weights that shares all that
 * is prepared. Every transformer must be closed; the weights outlive it.
 *
 * <p>Hidden states and logits are activations of the processor, on the CPU ordinary tensors.
 */
public final class Transformer implements AutoCloseable {
    /** Workspaces beyond this size are not kept for the next pass. */
    private static final long LARGEST_IDLE_WORKSPACE = 256L << 20;

    private final String name;
    private final ArchitectureConfig config;
    private final Compute compute;
    private final Scope scope;
    private final PreparedWeights prepared;
    private final PreparedWeights.Lease lease;
    private final Linears linears;
    private final ModelInfo info;
    private final List<BlockRunner> blocks;
    private final ConcurrentLinkedQueue<Workspace> idle = new ConcurrentLinkedQueue<>();

    private Transformer(String name, ArchitectureConfig config, ModelWeights weights, Compute compute, Scope scope,
            PreparedWeights prepared) {
        this.name = requireNonNull(name, "name is null");
        this.config = CarvedShapes.of(config, weights);
        this.compute = requireNonNull(compute, "compute is null");
        this.scope = requireNonNull(scope, "scope is null");
        this.prepared = requireNonNull(prepared, "prepared is null");
        this.info = LayerShapes.info(name, this.config, weights);
        this.lease = prepared.lease();
        this.linears = new Linears(compute, weights, lease);
        this.blocks = this.config.blocks().stream().map(block -> new BlockRunner(linears, this.config, block, info))
                .toList();
    }

    /**
     * A model over weights.
     *
     * @param name    for messages and {@link ModelInfo}
     * @param config  its shape
     * @param weights its contents
     * @param compute the processor
     * @param scope   owner of prepared weights and intermediate activations; must outlive the transformer
     * @return the transformer, to be closed
     */
    public static Transformer of(String name, ArchitectureConfig config, ModelWeights weights, Compute compute,
            Scope scope) {
        return new Transformer(name, config, weights, compute, scope, new PreparedWeights(compute, scope));
    }

    /**
     * The model of a folder, its weights where they are mapped.
     *
     * @param folder  must stay open as long as the transformer is used
     * @param compute the processor
     * @param scope   owner of what is copied and prepared
     * @return the transformer, to be closed
     */
    public static Transformer of(ModelFolder folder, Compute compute, Scope scope) {
        return of(folder.folder().getFileName().toString(), folder.config(), ModelWeights.read(folder, scope), compute,
                scope);
    }

    /**
     * The same model with other weights. What both share is prepared once; this transformer stays usable.
     *
     * @param changed the new contents
     * @return another transformer, to be closed
     */
    public Transformer with(ModelWeights changed) {
        return new Transformer(name, config, changed, compute, scope, prepared);
    }

    /**
     * Sizes and abilities as they are now.
     *
     * @return the description
     */
    public ModelInfo info() {
        return info;
    }

    /**
     * The shape: as the checkpoint's config says, with experts where networks were carved.
     *
     * @return the config
     */
    public ArchitectureConfig config() {
        return config;
    }

    /**
     * The contents.
     *
     * @return the weights
     */
    public ModelWeights weights() {
        return linears.weights();
    }

    /**
     * The processor.
     *
     * @return the kernels
     */
    public Compute compute() {
        return compute;
    }

    /**
     * Memory that the processor took for prepared weights beside their stored form.
     *
     * @return bytes
     */
    public long extraBytes() {
        return lease.extraBytes();
    }

    // ---- parts of a pass

    /**
     * What enters the first block.
     *
     * @param pass   tokens and positions
     * @param target where the result lives
     * @return [rows, hidden]
     */
    public Tensor embed(Pass pass, Scope target) {
        int[] tokens = pass.tokens();
        requireTokens(tokens);
        Tensor hidden = compute.activations(target, tokens.length, config.hidden());
        compute.embed(linears.weights().embedding(), tokens, hidden);
        if (config.embeddingScale() != 1) {
            HostEdits.replace(compute, hidden, values -> values.multiply(config.embeddingScale()));
        }
        if (config.learnedPositions()) {
            addPositions(pass, hidden, target);
        }
        return hidden;
    }

    /**
     * Runs one block.
     *
     * @param block  from 0
     * @param hidden [rows, hidden] what enters it; left as it is
     * @param pass   sequences, and who looks on
     * @param target where the result lives
     * @return [rows, hidden] what leaves it
     */
    public Tensor runBlock(int block, Tensor hidden, Pass pass, Scope target) {
        return runPart(block, BlockScene.Part.BLOCK, hidden, pass, target);
    }

    /**
     * Runs a block or one part of it.
     *
     * @param block  from 0
     * @param part   the whole block with its residual additions, or what one part adds to the residual stream
     * @param hidden [rows, hidden] what enters the part's norm; left as it is
     * @param pass   sequences, and who looks on
     * @param target where the result lives
     * @return [rows, hidden]
     */
    public Tensor runPart(int block, BlockScene.Part part, Tensor hidden, Pass pass, Scope target) {
        requireRows(hidden, pass);
        Tensor result = compute.activations(target, hidden.size(0), hidden.size(1));
        Workspace work = borrow();
        try {
            switch (part) {
                case BLOCK -> {
                    HostEdits.copy(compute, hidden, result);
                    blocks.get(block).run(pass, result, work);
                }
                case ATTENTION -> blocks.get(block).attention(pass, hidden, result, work);
                case FEED_FORWARD -> blocks.get(block).feedForward(pass, hidden, result, work);
            }
            return result;
        } finally {
            giveBack(work);
        }
    }

    /**
     * The norm before the head.
     *
     * @param hidden [rows, hidden] what leaves the last block
     * @param target where the result lives
     * @return [rows, hidden]
     */
    public Tensor finalNorm(Tensor hidden, Scope target) {
        Tensor normed = compute.activations(target, hidden.size(0), hidden.size(1));
        linears.normalise(-1, TensorRole.FINAL_NORM, config.finalNorm(), hidden, normed);
        return normed;
    }

    /**
     * Final norm and output head.
     *
     * @param hidden [rows, hidden] what leaves the last block
     * @param target where the result lives
     * @return [rows, vocabulary] logits, readable on the host
     */
    public Tensor head(Tensor hidden, Scope target) {
        try (Scope local = target.child()) {
            Tensor logits = compute.activations(target, hidden.size(0), linears.weights().head().outFeatures());
            linears.applyHead(finalNorm(hidden, local), logits);
            Tensor readable = compute.read(logits, target);
            scaleLogits(readable, local);
            return readable;
        }
    }

    // ---- whole passes

    /**
     * All blocks.
     *
     * @param pass   tokens of one or several sequences
     * @param target where the result lives
     * @return [rows, hidden] what leaves the last block
     */
    public Tensor hidden(Pass pass, Scope target) {
        Tensor hidden = embed(pass, target);
        Workspace work = borrow();
        try {
            for (BlockRunner block : blocks) {
                block.run(pass, hidden, work);
            }
            return hidden;
        } finally {
            giveBack(work);
        }
    }

    /**
     * Logits of every row.
     *
     * @param pass   tokens of one or several sequences
     * @param target where the result lives
     * @return [rows, vocabulary], readable on the host
     */
    public Tensor logits(Pass pass, Scope target) {
        try (Scope local = scope.child()) {
            return head(hidden(pass, local), target);
        }
    }

    /**
     * Logits of the last row of every sequence.
     *
     * @param pass   tokens of one or several sequences
     * @param target where the result lives
     * @return [sequences, vocabulary], readable on the host
     */
    public Tensor lastLogits(Pass pass, Scope target) {
        try (Scope local = scope.child()) {
            Tensor hidden = hidden(pass, local);
            int sequences = pass.segments().size();
            if (hidden.size(0) == sequences) {
                return head(hidden, target);
            }
            Tensor last = compute.activations(local, sequences, config.hidden());
            int end = 0;
            for (int i = 0; i < sequences; i++) {
                end += pass.segments().get(i).rows();
                HostEdits.copy(compute, hidden.row(end - 1), last.row(i));
            }
            return head(last, target);
        }
    }

    /** Frees prepared weights that no other transformer uses. */
    @Override
    public void close() {
        for (Workspace work = idle.poll(); work != null; work = idle.poll()) {
            work.close();
        }
        lease.close();
    }

    private void addPositions(Pass pass, Tensor hidden, Scope target) {
        int[] positions = pass.positions();
        Tensor table = linears.stored(-1, TensorRole.POSITIONS);
        for (int position : positions) {
            if (position >= table.size(0)) {
                throw new LatheException("The model " + name + " has learned positions for " + table.size(0)
                        + " tokens and cannot take a token at position " + position + "; shorten the input.");
            }
        }
        try (Scope local = target.child()) {
            Tensor added = compute.activations(local, positions.length, config.hidden());
            compute.embed(table, positions, added);
            compute.accumulate(hidden, added, 1);
        }
    }

    private void scaleLogits(Tensor logits, Scope local) {
        if (config.logitScale() != 1) {
            logits.assign(logits.in(local).multiply(config.logitScale()));
        }
        if (config.logitSoftcap().isPresent()) {
            double cap = config.logitSoftcap().getAsDouble();
            logits.assign(logits.in(local).map(logit -> cap * Math.tanh(logit / cap)));
        }
    }

    private void requireTokens(int[] tokens) {
        int vocabulary = linears.weights().embedding().size(0);
        for (int token : tokens) {
            if (token < 0 || token >= vocabulary) {
                throw new LatheException("The token id " + token + " does not exist: the model " + name + " has "
                        + vocabulary + " tokens, from 0 to " + (vocabulary - 1) + ".");
            }
        }
    }

    private void requireRows(Tensor hidden, Pass pass) {
        if (hidden.rank() != 2 || hidden.size(0) != pass.rows() || hidden.size(1) != config.hidden()) {
            throw new IllegalArgumentException("Hidden states of " + hidden.shape() + " do not fit a pass of "
                    + pass.rows() + " tokens and a width of " + config.hidden() + ".");
        }
    }

    private Workspace borrow() {
        Workspace work = idle.poll();
        return work != null ? work : new Workspace(compute, scope);
    }

    private void giveBack(Workspace work) {
        if (work.bytes() > LARGEST_IDLE_WORKSPACE) {
            work.close();
        } else {
            idle.add(work);
        }
    }
}
