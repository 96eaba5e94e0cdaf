package lathe.runtime.compress;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

import lathe.models.transformer.ModelWeights;
import lathe.models.transformer.Transformer;
import lathe.spi.LatheException;
import lathe.spi.Services;
import lathe.spi.model.Site;
import lathe.spi.operator.Dense;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.MergeScene;
import lathe.spi.weight.Merger;

/** Makes one model of several of one shape, tensor by tensor; one tensor of each is in memory at a time. */
public final class MergeWalk {
    private final List<Transformer> models;
    private final Merger merger;
    private final Services services;
    private final Scope result;

    /**
     * @param models   at least one; the result has the types of the first
     * @param merger   how
     * @param services the node's services
     * @param result   where the new weights live
     */
    public MergeWalk(List<Transformer> models, Merger merger, Services services, Scope result) {
        this.models = List.copyOf(models);
        this.merger = requireNonNull(merger, "merger is null");
        this.services = requireNonNull(services, "services is null");
        this.result = requireNonNull(result, "result is null");
    }

    /**
     * Merges all linears, biases and vectors.
     *
     * @return weights in the result's scope
     * @throws LatheException if the models have other tensors
     */
    public ModelWeights run() {
        ModelWeights first = models.getFirst().weights();
        ModelWeights merged = first;
        List<Site> sites = first.sites();
        int done = 0;
        for (Site site : sites) {
            try (Scope local = services.openScope()) {
                Tensor weight = merge(site.name(), Optional.of(site), local,
                        model -> numbers(model, site, local));
                merged = merged.with(site, new Dense(weight.in(result).to(Walk.type(first.operator(site)))));
                Optional<Tensor> bias = first.bias(site);
                if (bias.isPresent()) {
                    Tensor sum = merge(site.name() + " bias", Optional.empty(), local,
                            model -> copy(model.weights().bias(site), site.name() + " bias", local));
                    merged = merged.withBias(site, sum.in(result).to(bias.get().type()));
                }
            }
            services.progress().update(++done, sites.size(), site.name());
        }
        for (String name : first.vectorNames()) {
            try (Scope local = services.openScope()) {
                Tensor vector = merge(name, Optional.empty(), local,
                        model -> copy(model.weights().vector(name), name, local));
                merged = merged.withVector(name, vector.in(result).to(first.vector(name).orElseThrow().type()));
            }
        }
        return merged;
    }

    private static Tensor numbers(Transformer model, Site site, Scope scope) {
        return model.weights().find(site.block(), site.role(), site.expert())
                .map(operator -> model.compute().dense(operator, DataType.F32, scope))
                .orElseThrow(() -> missing(site.name()));
    }

    private static Tensor copy(Optional<Tensor> tensor, String name, Scope scope) {
        return tensor.orElseThrow(() -> missing(name)).in(scope).to(DataType.F32);
    }

    private static LatheException missing(String name) {
        return new LatheException("The models cannot be merged: not all of them have " + name + ".");
    }

    private Tensor merge(String name, Optional<Site> site, Scope scope, Function<Transformer, Tensor> of) {
        List<Tensor> tensors = new ArrayList<>();
        for (Transformer model : models) {
            Tensor tensor = of.apply(model);
            if (!tensors.isEmpty() && !tensor.shape().equals(tensors.getFirst().shape())) {
                throw new LatheException("The models cannot be merged: " + name + " has the shapes "
                        + tensors.getFirst().shape() + " and " + tensor.shape() + ".");
            }
            tensors.add(tensor);
        }
        Tensor merged = merger.merge(new Tensors(name, site, List.copyOf(tensors), scope));
        if (!merged.shape().equals(tensors.getFirst().shape())) {
            throw new IllegalStateException("The method made " + merged.shape() + " of " + name + ".");
        }
        return merged;
    }

    private record Tensors(String name, Optional<Site> site, List<Tensor> tensors, Scope scope)
            implements
                MergeScene {}
}
