package lathe.launcher;

/** What the process tells its caller. */
public final class ExitCode {
    /** Everything was done. */
    public static final int DONE = 0;
    /** A node of the experiment failed, a golden case differs, or Lathe itself has a bug. */
    public static final int FAILED = 1;
    /** The input was wrong: the command line, an experiment file, a model, a folder. */
    public static final int WRONG_INPUT = 2;

    /** Everything was judged, and a claim of a paper fails. */
    public static final int CLAIM_FAILED = 3;

    private ExitCode() {}
}
