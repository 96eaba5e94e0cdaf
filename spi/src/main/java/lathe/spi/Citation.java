package lathe.spi;

import static java.util.Objects.requireNonNull;

/**
 * Where a method was published.
 *
 * @param reference an arXiv id ({@code arXiv:2306.11695}), DOI or address
 * @param title     the title as printed
 */
public record Citation(String reference, String title) {
    /** Checks that both parts are there. */
    public Citation {
        requireNonNull(reference, "reference is null");
        requireNonNull(title, "title is null");
    }
}
