package lathe.flap;

/**
 * What can be removed: key/value heads with the query heads that read them, and neurons; with what they cost.
 *
 * @param headChannels input channels of o that belong to a unit: query heads of a key/value head times their width
 * @param headCost     parameters of a head unit, in neurons
 * @param heads        head units of each block; 0 where heads are not touched
 * @param neurons      neurons of each block; 0 where they are not touched
 */
record Units(int headChannels, double headCost, int heads, int neurons) {
    /** The same with the cost of a head as the code has it. */
    Units costing(FlapConfig.CostMode mode) {
        return mode == FlapConfig.CostMode.EXACT
                ? this
                : new Units(headChannels, Math.floor(headCost), heads, neurons);
    }
}
