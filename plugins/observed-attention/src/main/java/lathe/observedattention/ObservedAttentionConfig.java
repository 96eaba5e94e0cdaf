package lathe.observedattention;

/** The method has no parameters of its own. */
public record ObservedAttentionConfig() {}
