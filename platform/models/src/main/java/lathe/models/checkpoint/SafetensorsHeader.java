package lathe.models.checkpoint;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;

import lathe.spi.LatheException;

/**
 * The JSON header of a safetensors file, read token by token and checked against the bytes that are really there. Memory
 * is bounded whatever the header says: by the number of tensors and by the characters of names and metadata kept.
 */
final class SafetensorsHeader {
    /** The limit of the reference library. */
    static final long LONGEST = 100_000_000;
    /** The largest public models have some 90,000 tensors in all their files together. */
    static final int MOST_TENSORS = 100_000;
    private static final int MOST_DIMENSIONS = 64;
    private static final int MOST_CHARACTERS = 8_000_000;
    private static final int DEEPEST = 4;

    /** What the header says of one tensor; the offsets count from the beginning of the data. */
    record Claim(String name, StoredType type, long[] shape, long begin, long end) {}

    private final Path file;
    private final long data;
    private final JsonReader reader;
    private final Map<String, String> metadata = new LinkedHashMap<>();
    private final List<Claim> claims = new ArrayList<>();
    private boolean hasMetadata;
    private int characters;

    private SafetensorsHeader(Path file, InputStream header, long data) {
        this.file = file;
        this.data = data;
        this.reader = StrictJson.strict(StrictJson.utf8(header), DEEPEST);
    }

    /**
     * Reads a header and checks that its tensors cover the data exactly.
     *
     * @param file   the file, for messages
     * @param header the bytes of the header and no more
     * @param data   how many bytes follow it in the file
     * @return the header
     */
    static SafetensorsHeader read(Path file, InputStream header, long data) throws IOException {
        SafetensorsHeader result = new SafetensorsHeader(file, header, data);
        try {
            result.document();
        } catch (MalformedJsonException | EOFException | CharacterCodingException e) {
            throw result.problem("its header cannot be read: " + StrictJson.explain(e));
        }
        result.requireUniqueNames();
        result.claims.sort(Comparator.comparingLong(Claim::begin).thenComparingLong(Claim::end));
        result.requireCoverage();
        return result;
    }

    /** The tensors in the order of their bytes. */
    List<Claim> claims() {
        return claims;
    }

    /** The texts of {@code __metadata__}. */
    Map<String, String> metadata() {
        return Collections.unmodifiableMap(metadata);
    }

    private void document() throws IOException {
        require(JsonToken.BEGIN_OBJECT, () -> "its header");
        reader.beginObject();
        while (reader.hasNext()) {
            String name = keep(reader.nextName());
            if (name.equals("__metadata__")) {
                readMetadata();
            } else {
                readTensor(name);
            }
        }
        reader.endObject();
        if (reader.peek() != JsonToken.END_DOCUMENT) {
            throw problem("something follows in its header after the JSON object");
        }
    }

    private void readMetadata() throws IOException {
        if (hasMetadata) {
            throw problem("its header holds '__metadata__' twice");
        }
        hasMetadata = true;
        require(JsonToken.BEGIN_OBJECT, () -> "'__metadata__'");
        reader.beginObject();
        while (reader.hasNext()) {
            String key = keep(reader.nextName());
            require(JsonToken.STRING, () -> "the entry " + Visible.name(key) + " of '__metadata__'");
            if (metadata.put(key, keep(reader.nextString())) != null) {
                throw problem("'__metadata__' holds " + Visible.name(key) + " twice");
            }
        }
        reader.endObject();
    }

    private void readTensor(String name) throws IOException {
        if (claims.size() == MOST_TENSORS) {
            throw problem("it holds more than " + MOST_TENSORS + " tensors");
        }
        // Words for an error are put together when there is one: a header may hold a hundred thousand tensors.
        Supplier<String> where = () -> "the tensor " + Visible.name(name);
        StoredType type = null;
        long[] shape = null;
        long[] offsets = null;
        require(JsonToken.BEGIN_OBJECT, where);
        reader.beginObject();
        while (reader.hasNext()) {
            String key = reader.nextName();
            boolean again = switch (key) {
                case "dtype" -> type != null;
                case "shape" -> shape != null;
                case "data_offsets" -> offsets != null;
                default -> throw problem(where.get() + " has the unknown key " + Visible.name(key));
            };
            if (again) {
                throw problem(where.get() + " has the key '" + key + "' twice");
            }
            switch (key) {
                case "dtype" -> type = readType(where);
                case "shape" -> shape = readNumbers(() -> "the shape of " + where.get(), MOST_DIMENSIONS);
                default -> offsets = readNumbers(() -> "the data_offsets of " + where.get(), 2);
            }
        }
        reader.endObject();
        String missing = type == null ? "dtype" : shape == null ? "shape" : offsets == null ? "data_offsets" : null;
        if (missing != null) {
            throw problem(where.get() + " has no '" + missing + "'");
        }
        if (offsets.length != 2) {
            throw problem(
                    "the data_offsets of " + where.get() + " are " + offsets.length + " numbers where two are needed");
        }
        claims.add(new Claim(name, type, shape, offsets[0], offsets[1]));
        requireInside(where, claims.getLast());
        requireSize(where, claims.getLast());
    }

    private StoredType readType(Supplier<String> where) throws IOException {
        require(JsonToken.STRING, () -> "the dtype of " + where.get());
        String name = reader.nextString();
        return StoredType.of(name)
                .orElseThrow(() -> problem(where.get() + " has the unknown dtype " + Visible.name(name)));
    }

    private long[] readNumbers(Supplier<String> where, int most) throws IOException {
        require(JsonToken.BEGIN_ARRAY, where);
        List<Long> numbers = new ArrayList<>(4);
        reader.beginArray();
        while (reader.hasNext()) {
            if (numbers.size() == most) {
                throw problem(where.get() + " has more than " + most + " numbers");
            }
            if (reader.peek() != JsonToken.NUMBER) {
                throw problem(where.get() + " holds " + StrictJson.kind(reader.peek()) + " where a number is needed");
            }
            numbers.add(wholeNumber(where, reader.nextString()));
        }
        reader.endArray();
        return numbers.stream().mapToLong(Long::longValue).toArray();
    }

    private long wholeNumber(Supplier<String> where, String text) {
        String shown = text.length() > 40 ? text.substring(0, 40) + "..." : text;
        if (!text.chars().allMatch(c -> c == '-' || c >= '0' && c <= '9')) {
            throw problem(where.get() + " holds " + shown + ", which is not a whole number");
        }
        if (text.startsWith("-")) {
            throw problem(where.get() + " holds the negative number " + shown);
        }
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw problem(where.get() + " holds " + shown + ", which is beyond 64 bits");
        }
    }

    private void requireInside(Supplier<String> where, Claim claim) {
        if (claim.end() < claim.begin()) {
            throw problem(where.get() + " ends at byte " + claim.end() + " before it begins at " + claim.begin());
        }
        if (claim.end() > data) {
            throw problem(where.get() + " ends at byte " + claim.end() + " of the data, but the file holds only " + data
                    + " bytes of data (it is truncated, or its header is wrong)");
        }
    }

    private void requireSize(Supplier<String> where, Claim claim) {
        long bits = claim.type().bits();
        for (long size : claim.shape()) {
            bits = Math.multiplyHigh(bits, size) == 0 && bits * size >= 0 ? bits * size : -1;
            if (bits < 0) {
                throw problem("the shape " + TensorEntry.describe(claim.shape()) + " of " + where.get()
                        + " has more elements than 64 bits can count");
            }
        }
        long claimed = claim.end() - claim.begin();
        if (bits % Byte.SIZE != 0 || bits / Byte.SIZE != claimed) {
            throw problem(where.get() + " has " + claimed + " bytes, but " + claim.type() + " "
                    + TensorEntry.describe(claim.shape()) + " needs " + (bits + 7) / Byte.SIZE);
        }
    }

    private void requireUniqueNames() {
        Set<String> names = HashSet.newHashSet(claims.size());
        for (Claim claim : claims) {
            if (!names.add(claim.name())) {
                throw problem("its header holds the tensor " + Visible.name(claim.name()) + " twice");
            }
        }
    }

    private void requireCoverage() {
        long covered = 0;
        String before = null;
        for (Claim claim : claims) {
            if (claim.begin() < covered) {
                throw problem("the tensor " + Visible.name(claim.name()) + " overlaps " + Visible.name(before));
            }
            if (claim.begin() > covered) {
                throw problem(
                        "the " + (claim.begin() - covered) + " bytes before the tensor " + Visible.name(claim.name())
                                + " belong to no tensor");
            }
            covered = claim.end();
            before = claim.name();
        }
        if (covered < data) {
            throw problem("the last " + (data - covered) + " bytes of the file belong to no tensor");
        }
    }

    private String keep(String text) {
        characters += text.length();
        if (characters > MOST_CHARACTERS) {
            throw problem("the names and metadata in its header have more than " + MOST_CHARACTERS + " characters");
        }
        return text;
    }

    private void require(JsonToken wanted, Supplier<String> where) throws IOException {
        JsonToken found = reader.peek();
        if (found != wanted) {
            throw problem(
                    where.get() + " is " + StrictJson.kind(found) + " where " + StrictJson.kind(wanted) + " is needed");
        }
    }

    private LatheException problem(String what) {
        return new LatheException(Visible.path(file) + " is not a valid safetensors file: " + what + ".");
    }
}
