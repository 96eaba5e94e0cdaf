package lathe.nvfp4;

/** The format leaves nothing to choose. */
public record Nvfp4Config() {}
