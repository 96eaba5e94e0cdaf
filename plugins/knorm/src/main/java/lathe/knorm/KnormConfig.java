package lathe.knorm;

/** The method has no parameters of its own. */
public record KnormConfig() {}
