package lathe.randomeviction;

/** The method has no parameters of its own. */
public record RandomEvictionConfig() {}
