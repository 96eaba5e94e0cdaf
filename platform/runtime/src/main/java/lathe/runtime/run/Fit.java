package lathe.runtime.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import lathe.runtime.config.Places;
import lathe.runtime.graph.ByteSize;
import lathe.runtime.graph.Task;
import lathe.runtime.price.Price;

/** Compares what work is expected to take with what there is. */
final class Fit {
    private Fit() {}

    /**
     * What does not fit.
     *
     * @param tasks  what is to be computed
     * @param prices by task
     * @return a sentence each
     */
    static List<String> misfits(List<Task> tasks, Map<String, Price> prices, RunOptions options) {
        List<String> misfits = new ArrayList<>();
        long disk = 0;
        for (Task task : tasks) {
            Price price = prices.getOrDefault(task.id(), Price.NOTHING);
            disk += price.disk();
            if (price.memory() > options.memory()) {
                misfits.add(task.node().where() + ": " + task.node().path() + ": " + task.title()
                        + " is expected to take " + ByteSize.shown(price.memory()) + " of memory, but there are "
                        + ByteSize.shown(options.memory())
                        + ": use less text, a smaller calibration.memory, or allow more with --memory.");
            }
        }
        Path place = options.store().orElse(options.runs());
        long free = free(place);
        if (disk > free) {
            misfits.add(
                    "The results are expected to take " + ByteSize.shown(disk) + " on disk, but " + Places.shown(place)
                            + " has " + ByteSize.shown(free) + " left: name another folder with --runs, or make room.");
        }
        return misfits;
    }

    private static long free(Path place) {
        Path there = place.toAbsolutePath().normalize();
        while (there != null && !Files.exists(there)) {
            there = there.getParent();
        }
        try {
            return there == null ? Long.MAX_VALUE : Files.getFileStore(there).getUsableSpace();
        } catch (IOException unknown) {
            return Long.MAX_VALUE;
        }
    }
}
