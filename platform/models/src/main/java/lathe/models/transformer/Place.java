package lathe.models.transformer;

import static java.util.Objects.requireNonNull;

import lathe.spi.model.Role;
import lathe.spi.model.Site;

/**
 * A site without its sizes, which structural edits change.
 *
 * @param block  block from 0; -1 outside the blocks
 * @param role   what the weight does
 * @param expert expert from 0, or one of the special numbers of {@link Site}
 */
record Place(int block, Role role, int expert) implements Comparable<Place> {
    Place {
        requireNonNull(role, "role is null");
    }

    static Place of(Site site) {
        return new Place(site.block(), site.role(), site.expert());
    }

    static Place outside(Role role) {
        return new Place(-1, role, Site.NO_EXPERT);
    }

    Site site(int outFeatures, int inFeatures) {
        return new Site(block, role, expert, outFeatures, inFeatures);
    }

    /** Embedding, then block by block in the order of the computation, then the head. */
    @Override
    public int compareTo(Place other) {
        int order = Integer.compare(blockOrder(), other.blockOrder());
        order = order != 0 ? order : Integer.compare(partOrder(), other.partOrder());
        order = order != 0 ? order : Integer.compare(expertOrder(), other.expertOrder());
        return order != 0 ? order : Integer.compare(roleOrder(), other.roleOrder());
    }

    private int blockOrder() {
        return role == Role.HEAD ? Integer.MAX_VALUE : block;
    }

    private int partOrder() {
        return switch (role) {
            case GATE, UP, DOWN, ROUTER -> 1;
            default -> 0;
        };
    }

    /** The router, then the experts, then the shared one. */
    private int expertOrder() {
        return expert == Site.SHARED_EXPERT ? Integer.MAX_VALUE : expert;
    }

    private int roleOrder() {
        return switch (role) {
            case QUERY_DOWN -> 0;
            case QUERY_UP -> 1;
            case QUERY -> 2;
            case KV_DOWN -> 3;
            case KV_UP -> 4;
            case KEY -> 5;
            case VALUE -> 6;
            case OUTPUT -> 7;
            default -> 8 + role.ordinal();
        };
    }
}
