package lathe.spi.graph;

import java.util.List;

import lathe.spi.numeric.RandomStream;

/** Questions with answers, generated or given. */
public interface Task {
    /**
     * One question.
     *
     * @param prompt the text before the answer
     * @param answer the text that must follow
     */
    record Sample(String prompt, String answer) {}

    /**
     * Makes questions.
     *
     * @param count  how many
     * @param random numbers of this node
     * @return the samples, always the same for the same stream
     */
    List<Sample> samples(int count, RandomStream random);
}
