package lathe.cmoe;

/** The router has no parameters of its own: its tensors come with the carved model. */
public record CmoeRouterConfig() {}
