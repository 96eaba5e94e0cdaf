package lathe.runtime.config;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/** Keys may be written in any of the usual spellings: compressionRatio, compression_ratio, compression-ratio. */
public final class KeySpelling {
    private KeySpelling() {}

    /**
     * Whether two spellings mean the same key.
     *
     * @param first  one key
     * @param second another
     * @return true for instance for compressionRatio and compression_ratio
     */
    public static boolean same(String first, String second) {
        return canonical(first).equals(canonical(second));
    }

    /** The spelling that all spellings of a key share. */
    static String canonical(String key) {
        return key.replace("_", "").replace("-", "").toLowerCase(Locale.ROOT);
    }

    /** Known keys in the spelling that someone uses who typed {@code like}. */
    static List<String> spelledLike(String like, Collection<String> known) {
        char joint = like.indexOf('-') >= 0 ? '-' : like.indexOf('_') >= 0 ? '_' : 0;
        List<String> spelled = new ArrayList<>();
        for (String key : known) {
            spelled.add(joint == 0 ? key : key.replaceAll("([a-z0-9])([A-Z])", "$1" + joint + "$2").toLowerCase(
                    Locale.ROOT));
        }
        return spelled;
    }
}
