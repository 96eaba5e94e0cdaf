package lathe.models.architecture;

/**
 * How tokens are given to experts: scores of the router's outputs, choice of the best (ties by the lowest index), weights
 * of the chosen from the scores without the correction.
 *
 * @param scores      what makes scores of the router's outputs
 * @param chosen      experts a token goes to
 * @param normalised  whether the weights of the chosen are divided by their sum
 * @param scale       what the weights are multiplied with at last
 * @param groups      groups of neighbouring experts, 1 for no grouping
 * @param groupsKept  groups among whose experts the choice is made
 * @param groupScore  what a group is judged by
 * @param correction  whether a learned bias is added to the scores for the choice
 */
public record Routing(Scores scores, int chosen, boolean normalised, double scale, int groups, int groupsKept,
        GroupScore groupScore, boolean correction) {
    /** What makes scores of a router's outputs. */
    public enum Scores {
        /** Softmax over all experts. */
        SOFTMAX,
        /** Sigmoid of each. */
        SIGMOID,
        /** A router method that the model names: a carved model has no gate of its own. */
        METHOD
    }

    /** What a group of experts is judged by. */
    public enum GroupScore {
        /** Its best expert (DeepSeek-V2). */
        BEST,
        /** The sum of its two best, correction included (DeepSeek-V3). */
        TWO_BEST
    }
}
