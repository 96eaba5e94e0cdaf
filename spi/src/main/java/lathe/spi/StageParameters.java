package lathe.spi;

import java.util.List;

/** Parameters of a case that a {@link Stage} is run on, by the names that the case gives them. */
public interface StageParameters {
    /**
     * Whether there is a parameter.
     *
     * @param name its name
     * @return true if the case gives it
     */
    boolean has(String name);

    /**
     * A whole number.
     *
     * @param name its name
     * @return the number
     */
    int whole(String name);

    /**
     * A number.
     *
     * @param name its name
     * @return the number
     */
    double number(String name);

    /**
     * A word.
     *
     * @param name its name
     * @return the text
     */
    String word(String name);

    /**
     * Whole numbers.
     *
     * @param name name of the list
     * @return the numbers
     */
    List<Integer> wholes(String name);

    /**
     * Rows of words and numbers.
     *
     * @param name name of the list of lists
     * @return each row's {@code String}s and {@code Number}s
     */
    List<List<Object>> rows(String name);

    /**
     * Sizes of a result that the case expects, where they say how long something runs.
     *
     * @param result its name
     * @return outermost first
     */
    List<Integer> shape(String result);
}
