package lathe.models.transformer;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;

import lathe.models.architecture.ArchitectureConfig;
import lathe.models.architecture.Block;
import lathe.models.architecture.Rope;
import lathe.spi.backend.Compute;
import lathe.spi.model.LayerInfo;
import lathe.spi.model.ModelInfo;
import lathe.spi.model.Role;
import lathe.spi.model.Site;
import lathe.spi.tensor.Tensor;

/** The attention of one block, for all sequences of a pass: linears over all rows at once, attention sequence by sequence. */
final class AttentionLayer {
    private final Linears linears;
    private final ArchitectureConfig config;
    private final Block block;
    private final LayerInfo fixed;
    private final Projection projection;
    private final ModelInfo model;

    AttentionLayer(Linears linears, ArchitectureConfig config, Block block, ModelInfo model) {
        this.linears = requireNonNull(linears, "linears is null");
        this.config = requireNonNull(config, "config is null");
        this.block = requireNonNull(block, "block is null");
        this.model = requireNonNull(model, "model is null");
        this.fixed = model.layers().get(block.index());
        this.projection = new Projection(linears, block.index(), block.attention(), block.norm());
    }

    /** output [rows, hidden] = attention of input [rows, hidden], norms and residual left out. */
    void run(Pass pass, Tensor input, Tensor output, Workspace work) {
        Projection.Projected projected = projection.project(fixed, input, pass.listener(), work);
        Tensor mixed = work.matrix("mixed", input.size(0), fixed.heads() * fixed.valueDim());
        boolean together = !variesByLength() && pass.segments().stream().noneMatch(this::rotatesByItself);
        if (together && fixed.rotary().isPresent()) {
            int[] positions = pass.positions();
            Compute compute = linears.compute();
            compute.rotate(heads(projected.queries(), fixed.heads()), positions, fixed.rotary().get());
            compute.rotate(heads(projected.keys(), fixed.kvHeads()), positions, fixed.rotary().get());
        }
        int row = 0;
        for (int i = 0; i < pass.segments().size(); i++) {
            Segment segment = pass.segments().get(i);
            int end = row + segment.rows();
            LayerInfo layer = layer(segment);
            SegmentAttention attention = new SegmentAttention(linears.compute(), model, layer, softcap(), segment, i,
                    pass.listener(), work);
            attention.run(heads(projected.queries().slice(0, row, end), layer.heads()),
                    heads(projected.keys().slice(0, row, end), layer.kvHeads()),
                    heads(projected.values().slice(0, row, end), layer.kvHeads()), together,
                    heads(mixed.slice(0, row, end), layer.heads()));
            row = end;
        }
        if (pass.listener().wantsInputs()) {
            linears.show(pass.listener(), work, mixed, Optional.empty(),
                    List.of(linears.site(block.index(), Role.OUTPUT, Site.NO_EXPERT)));
        }
        linears.apply(block.index(), Role.OUTPUT, Site.NO_EXPERT, mixed, output);
    }

    private double softcap() {
        return block.attention().softcap().orElse(0);
    }

    /** Whether the sequence's cache wants keys or queries as they are before rotation. */
    private boolean rotatesByItself(Segment segment) {
        return segment.state().map(state -> state.wantsPlain(block.index())).orElse(false);
    }

    private boolean variesByLength() {
        return block.attention().rotary().map(Rope::dependsOnLength).orElse(false);
    }

    /** With the frequencies for this sequence's length: what else is in the pass is not its business. */
    private LayerInfo layer(Segment segment) {
        return variesByLength() ? LayerShapes.layer(config, block, linears.weights(), segment.length()) : fixed;
    }

    /** [rows, heads * width] seen as [heads, rows, width]. */
    private static Tensor heads(Tensor rows, int heads) {
        return rows.reshape(rows.size(0), heads, rows.size(1) / heads).transpose(0, 1);
    }
}
