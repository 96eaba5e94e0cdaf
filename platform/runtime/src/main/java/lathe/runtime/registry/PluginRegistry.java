package lathe.runtime.registry;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import lathe.spi.Method;
import lathe.spi.Plugin;

/**
 * The methods that can be used now. Bundles come and go while experiments run; a {@link PluginLease} keeps what its holder
 * planned with until it is closed. Safe for use by several threads.
 */
public final class PluginRegistry {
    /** A plugin that has not listed its methods by then counts as broken. */
    private static final long SECONDS_TO_LIST = 5;

    private final Map<PluginSource, Entry> entries = new LinkedHashMap<>();
    /** The view of the present entries; null when they have changed since it was made. */
    private PluginView current;

    private static final class Entry {
        final PluginView.Listing listing;
        int leases;
        Runnable whenUnused;

        Entry(PluginView.Listing listing) {
            this.listing = listing;
        }
    }

    /**
     * Adds a bundle. Its plugins are asked for their methods now; one that throws, or does not answer, makes the whole
     * bundle broken and harms no other.
     *
     * @param source the bundle with its plugins, or with its problem
     * @return the source as it is listed: the given one, or its broken copy
     */
    public PluginSource add(PluginSource source) {
        PluginView.Listing listing = list(requireNonNull(source, "source is null"));
        synchronized (this) {
            entries.put(listing.source(), new Entry(listing));
            current = null;
        }
        return listing.source();
    }

    /**
     * Takes a bundle out of all later views. Leases that hold it keep it.
     *
     * @param source     the source that {@link #add} returned
     * @param whenUnused called once, when the last lease that holds it is closed (at once if there is none)
     */
    public void remove(PluginSource source, Runnable whenUnused) {
        requireNonNull(whenUnused, "whenUnused is null");
        Entry entry;
        boolean unused;
        synchronized (this) {
            entry = entries.remove(requireNonNull(source, "source is null"));
            if (entry == null) {
                return;
            }
            entry.whenUnused = whenUnused;
            unused = entry.leases == 0;
            current = null;
        }
        if (unused) {
            whenUnused.run();
        }
    }

    /**
     * What is installed now.
     *
     * @return a view that does not change; its methods may be unloaded at any time, so take a lease to run them
     */
    public synchronized PluginView view() {
        if (current == null) {
            current = PluginView.of(entries.values().stream().map(entry -> entry.listing).toList());
        }
        return current;
    }

    /**
     * Keeps everything that is installed now usable until the lease is closed.
     *
     * @return a lease on the present view
     */
    public synchronized PluginLease lease() {
        List<Entry> held = new ArrayList<>(entries.values());
        held.forEach(entry -> entry.leases++);
        return new PluginLease(view(), () -> release(held));
    }

    private void release(List<Entry> held) {
        List<Runnable> unused = new ArrayList<>();
        synchronized (this) {
            for (Entry entry : held) {
                entry.leases--;
                if (entry.leases == 0 && entry.whenUnused != null) {
                    unused.add(entry.whenUnused);
                }
            }
        }
        unused.forEach(Runnable::run);
    }

    private static PluginView.Listing list(PluginSource source) {
        if (source.plugins().isEmpty()) {
            return new PluginView.Listing(source, List.of());
        }
        // A thread of its own, because methods() of a stranger's plugin may never return.
        CompletableFuture<List<Method<?>>> listing = new CompletableFuture<>();
        Thread.ofPlatform().daemon().name("lathe-list-" + source.bundle()).start(() -> {
            try {
                listing.complete(methodsOf(source));
            } catch (Throwable failure) {
                listing.completeExceptionally(failure);
            }
        });
        try {
            return new PluginView.Listing(source, listing.get(SECONDS_TO_LIST, TimeUnit.SECONDS));
        } catch (ExecutionException failure) {
            return broken(source, "Listing its methods failed: " + sentence(failure.getCause()));
        } catch (TimeoutException failure) {
            return broken(source, "It did not list its methods within " + SECONDS_TO_LIST + " seconds.");
        } catch (InterruptedException failure) {
            Thread.currentThread().interrupt();
            return broken(source, "The thread was interrupted while it listed its methods.");
        }
    }

    private static PluginView.Listing broken(PluginSource source, String reason) {
        return new PluginView.Listing(source.brokenBy(reason), List.of());
    }

    private static List<Method<?>> methodsOf(PluginSource source) {
        List<Method<?>> methods = new ArrayList<>();
        Set<String> ids = new HashSet<>();
        for (Plugin plugin : source.plugins()) {
            List<Method<?>> listed = requireNonNull(plugin.methods(),
                    () -> plugin.getClass().getName() + ".methods() is null");
            for (Method<?> method : listed) {
                requireNonNull(method, () -> plugin.getClass().getName() + " lists a method that is null");
                if (!ids.add(method.kind().label() + " " + method.id())) {
                    throw new IllegalStateException("it lists the method " + method.id() + " twice.");
                }
                methods.add(method);
            }
        }
        return List.copyOf(methods);
    }

    private static String sentence(Throwable failure) {
        String message = failure.getMessage();
        return message == null ? failure.getClass().getName() + "."
                : failure.getClass().getSimpleName() + ": " + message;
    }
}
