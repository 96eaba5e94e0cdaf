package lathe.runtime.compress;

import static java.util.Objects.requireNonNull;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

import lathe.models.transformer.ModelWeights;
import lathe.spi.LatheException;
import lathe.spi.Services;
import lathe.spi.backend.Compute;
import lathe.spi.model.Role;
import lathe.spi.model.Site;
import lathe.spi.operator.BitmaskSparse;
import lathe.spi.operator.Dense;
import lathe.spi.operator.LinearOperator;
import lathe.spi.operator.Masked;
import lathe.spi.operator.NmSparse;
import lathe.spi.operator.Values;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Mask;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.BlockEdit;
import lathe.spi.weight.Factorizer;
import lathe.spi.weight.ModelEdit;
import lathe.spi.weight.Pruned;
import lathe.spi.weight.Pruner;
import lathe.spi.weight.Quantizer;
import lathe.spi.weight.WeightMethod;

/** Calls a method for one weight and stores what it returns. */
final class SiteWork {
    private final WeightMethod method;
    private final Compute compute;
    private final Services services;
    private final Scope result;
    private final StoredForms forms;
    private final AtomicBoolean rounded;

    /**
     * @param result  where stored forms live
     * @param rounded whether it was told that weights are rounded
     */
    SiteWork(WeightMethod method, Compute compute, Services services, Scope result, AtomicBoolean rounded) {
        this.rounded = requireNonNull(rounded, "rounded is null");
        this.method = requireNonNull(method, "method is null");
        this.compute = requireNonNull(compute, "compute is null");
        this.services = requireNonNull(services, "services is null");
        this.result = requireNonNull(result, "result is null");
        this.forms = new StoredForms(compute, result);
    }

    /** A private float32 copy of a weight. */
    Tensor numbers(LinearOperator operator, Scope scope) {
        return operator instanceof Dense dense
                ? scope.zeros(dense.outFeatures(), dense.inFeatures()).assign(dense.weight())
                : compute.dense(operator, DataType.F32, scope);
    }

    LinearOperator apply(SiteScene scene, LinearOperator before) {
        return switch (method) {
            case Pruner pruner -> stored(scene, before, pruner.prune(scene));
            case Quantizer quantizer -> stored(scene, before, quantizer.quantize(scene));
            case Factorizer factorizer -> stored(scene, before, factorizer.factorize(scene));
            default -> throw new IllegalStateException(
                    method.getClass() + " is no pruner, no quantizer and no factorizer.");
        };
    }

    private LinearOperator stored(SiteScene scene, LinearOperator before, Pruned left) {
        DataType type = Walk.type(before);
        return switch (left) {
            case Pruned.Kept kept -> kept(scene, kept, type);
            case Pruned.KeptCodes codes ->
                forms.sparse(scene.kept().map(codes.mask()::and).orElse(codes.mask()), codes.codes());
            case Pruned.Replaced replaced -> fitted(scene.site(), plain(replaced.operator(), type));
        };
    }

    private LinearOperator kept(SiteScene scene, Pruned.Kept kept, DataType type) {
        Mask mask = scene.kept().map(kept.mask()::and).orElse(kept.mask());
        requireFinite(scene.site(), kept.weight(), mask);
        noteRounding(kept.weight(), type);
        return forms.sparse(mask, kept.weight(), type);
    }

    private LinearOperator stored(SiteScene scene, LinearOperator before, LinearOperator made) {
        DataType type = Walk.type(before);
        fitted(scene.site(), made);
        Optional<Mask> kept = scene.kept();
        return kept.isPresent() ? forms.masked(scene.site(), kept.get(), made, type) : plain(made, type);
    }

    private static LinearOperator fitted(Site site, LinearOperator made) {
        if (made.outFeatures() != site.outFeatures() || made.inFeatures() != site.inFeatures()) {
            throw new LatheException("The method returned a weight of [" + made.outFeatures() + ", " + made.inFeatures()
                    + "] for " + site + ".");
        }
        return made;
    }

    /** Dense results are stored in the type of their source, others as they are. */
    private LinearOperator plain(LinearOperator made, DataType type) {
        if (made instanceof Dense dense && dense.weight().type() == DataType.F32 && type != DataType.F32) {
            noteRounding(dense.weight(), type);
            return new Dense(dense.weight().in(result).to(type));
        }
        return OperatorCodec.copy(made, result);
    }

    /** A model with the edit made, everything new in the result's scope. */
    ModelWeights stored(ModelEdit edit, ModelWeights before) {
        ModelWeights weights = before;
        for (Map.Entry<Site, LinearOperator> each : edit.operators().entrySet()) {
            boolean untied = each.getKey().role() == Role.HEAD && before.tied();
            LinearOperator old = untied ? before.head() : before.operator(each.getKey());
            weights = weights.with(each.getKey(), plain(each.getValue(), Walk.type(old)));
        }
        for (Map.Entry<Site, Tensor> each : edit.biases().entrySet()) {
            weights = weights.withBias(each.getKey(), each.getValue().in(result).copy());
        }
        for (Map.Entry<String, Tensor> each : edit.vectors().entrySet()) {
            weights = weights.withVector(each.getKey(), each.getValue().in(result).copy());
        }
        return weights;
    }

    /** An edit with everything in the result's scope. */
    BlockEdit stored(BlockEdit edit, ModelWeights before) {
        Map<Site, LinearOperator> operators = new LinkedHashMap<>();
        edit.operators().forEach((site, operator) -> operators.put(site, edited(operator, before.operator(site))));
        Map<Site, Tensor> biases = new LinkedHashMap<>();
        edit.biases().forEach((site, bias) -> biases.put(site, bias.in(result).copy()));
        Map<String, Tensor> vectors = new LinkedHashMap<>();
        edit.vectors().forEach((name, vector) -> vectors.put(name, vector.in(result).copy()));
        return new BlockEdit(operators, biases, vectors);
    }

    /** Numbers that come from a sparse weight are stored sparse again where that takes fewer bytes. */
    private LinearOperator edited(LinearOperator operator, LinearOperator before) {
        DataType type = Walk.type(before);
        boolean sparse = before instanceof BitmaskSparse || before instanceof NmSparse;
        return sparse && operator instanceof Dense dense
                ? forms.sparse(Mask.nonZero(dense.weight()), dense.weight(), type)
                : plain(operator, type);
    }

    private static void requireFinite(Site site, Tensor weight, Mask mask) {
        float[] row = new float[mask.columns()];
        for (int i = 0; i < mask.rows(); i++) {
            weight.copyRow(i, row);
            for (int j = 0; j < row.length; j++) {
                if (!Float.isFinite(row[j]) && mask.keeps(i, j)) {
                    throw new LatheException("The method left " + row[j] + " in " + site.name() + " at row " + i
                            + ", column " + j + ".");
                }
            }
        }
    }

    private void noteRounding(Tensor weight, DataType type) {
        if (type == DataType.F32 || rounded.get()) {
            return;
        }
        try (Scope local = services.openScope()) {
            Tensor back = weight.in(local).to(type).in(local).to(DataType.F32);
            if (weight.in(local).subtract(back).maxAbs() != 0 && rounded.compareAndSet(false, true)) {
                services.progress().note("The method corrected weights; they are stored as " + type
                        + " like their source, rounded to nearest even.");
            }
        }
    }

    /** The type of the numbers in a stored form; float32 if it holds codes. */
    static DataType valueType(LinearOperator operator) {
        return switch (operator) {
            case Dense dense -> dense.weight().type();
            case Masked masked -> masked.inner().weight().type();
            case BitmaskSparse sparse -> valueType(sparse.values());
            case NmSparse sparse -> valueType(sparse.values());
            default -> DataType.F32;
        };
    }

    private static DataType valueType(Values values) {
        return values instanceof Values.Plain plain ? plain.values().type() : DataType.F32;
    }
}
