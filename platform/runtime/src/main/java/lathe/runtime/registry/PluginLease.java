package lathe.runtime.registry;

import static java.util.Objects.requireNonNull;

/** Keeps the plugins of one view loaded while an experiment is planned and run with them. */
public final class PluginLease implements AutoCloseable {
    private PluginView view;
    private Runnable release;

    PluginLease(PluginView view, Runnable release) {
        this.view = requireNonNull(view, "view is null");
        this.release = requireNonNull(release, "release is null");
    }

    /**
     * The methods that the holder plans and runs with.
     *
     * @return the view of the moment when the lease was taken
     * @throws IllegalStateException if the lease is closed
     */
    public synchronized PluginView view() {
        if (view == null) {
            throw new IllegalStateException("The lease is closed.");
        }
        return view;
    }

    /** Gives the plugins back. Closing twice does nothing. */
    @Override
    public void close() {
        Runnable pending;
        synchronized (this) {
            pending = release;
            release = null;
            view = null;
        }
        if (pending != null) {
            pending.run();
        }
    }
}
