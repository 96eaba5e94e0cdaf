package lathe.runtime.store;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Which artifacts of a store may go: those that are older than an age and those that no run refers to (both, where both are
 * asked for), and of these, where the store is to fit a size, the oldest until it does.
 *
 * @param olderThan    age from which an artifact may go; any if empty
 * @param unreferenced whether only artifacts may go that no run refers to
 * @param largest      bytes that may stay; if empty, everything goes that may
 */
public record StoreCleaning(Optional<Duration> olderThan, boolean unreferenced, Optional<Long> largest) {
    /** Checks that all parts are there. */
    public StoreCleaning {
        requireNonNull(olderThan, "olderThan is null");
        requireNonNull(largest, "largest is null");
    }

    /**
     * Chooses.
     *
     * @param items everything that the store holds
     * @param now   the time
     * @return what goes, the oldest first; an artifact from the future is young
     */
    public List<StoreInventory.Item> choose(List<StoreInventory.Item> items, Instant now) {
        List<StoreInventory.Item> chosen = new ArrayList<>();
        long left = items.stream().mapToLong(StoreInventory.Item::bytes).sum();
        List<StoreInventory.Item> oldest = items.stream()
                .sorted(Comparator.comparing((StoreInventory.Item item) -> item.artifact().created())
                        .thenComparing(item -> item.artifact().address()))
                .toList();
        for (StoreInventory.Item item : oldest) {
            boolean enough = largest.isPresent() && left <= largest.get();
            if (!enough && mayGo(item, now)) {
                chosen.add(item);
                left -= item.bytes();
            }
        }
        return chosen;
    }

    private boolean mayGo(StoreInventory.Item item, Instant now) {
        boolean old = olderThan.isEmpty()
                || Duration.between(item.artifact().created(), now).compareTo(olderThan.get()) > 0;
        return old && (!unreferenced || item.runs().isEmpty());
    }
}
