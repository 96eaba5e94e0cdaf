package lathe.runtime.compress;

import java.util.Optional;

import lathe.models.notes.PassedNotes;
import lathe.spi.Notes;
import lathe.spi.model.Site;
import lathe.spi.statistics.Statistics;
import lathe.spi.tensor.Mask;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.WeightScene;

/** One weight of a walk and what is known about it. */
record SiteScene(Site site, Tensor weight, Statistics statistics, Optional<Mask> kept, double share, Notes listener,
        Scope scope)
        implements
            WeightScene,
            PassedNotes {}
