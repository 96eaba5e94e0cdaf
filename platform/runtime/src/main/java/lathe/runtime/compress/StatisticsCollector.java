package lathe.runtime.compress;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import lathe.models.transformer.ForwardListener;
import lathe.models.transformer.LinearInput;
import lathe.spi.model.Role;
import lathe.spi.model.Site;
import lathe.spi.statistics.StatisticKey;
import lathe.spi.statistics.Statistics;
import lathe.spi.tensor.Scope;

/** Listens to forward passes and collects the statistics of the inputs of some sites. */
final class StatisticsCollector implements ForwardListener {
    private final Map<Place, InputStatistics> collected = new HashMap<>();
    private TokenImportance importance = TokenImportance.NONE;
    private int sequence;

    /** An input: linears of one group of one block (and expert) read the same. */
    private record Place(int block, Role group, int expert) {
        static Place of(Site site) {
            return new Place(site.block(), site.role().inputGroup(), site.expert());
        }
    }

    StatisticsCollector(List<Site> sites, Set<StatisticKey> keys, Scope scope) {
        for (Site site : sites) {
            collected.computeIfAbsent(Place.of(site), place -> new InputStatistics(site, keys, scope));
        }
    }

    /** Gives tokens their importance. */
    StatisticsCollector weighted(TokenImportance weights) {
        importance = weights;
        return this;
    }

    /** Says which sequence the next passes are of. */
    void sequence(int index) {
        sequence = index;
    }

    @Override
    public boolean wantsInputs() {
        return true;
    }

    @Override
    public void input(LinearInput input) {
        Set<Place> places = new HashSet<>();
        for (Site site : input.sites()) {
            Place place = Place.of(site);
            InputStatistics statistics = collected.get(place);
            if (statistics != null && places.add(place)) {
                statistics.add(input.input(), importance.of(sequence, site.role(), input.rows()), sequence);
            }
        }
    }

    Statistics of(Site site, Scope scope) {
        return collected.get(Place.of(site)).in(scope);
    }
}
