package lathe.serve.decode;

import lathe.models.generation.Generation;
import lathe.models.generation.TokenListener;

/** Hears what becomes of a job. All calls come from the thread that decodes and must be short. */
public interface JobListener extends TokenListener {
    /**
     * Takes the logits after a token of the prompt; called only where they are wanted.
     *
     * @param position of the token, from 0
     * @param logits   one a token of the vocabulary; dead after the call
     */
    void prompt(int position, float[] logits);

    /**
     * The job is done, by itself or because it was cancelled.
     *
     * @param generation what was generated
     */
    void done(Generation generation);

    /**
     * The job cannot be done.
     *
     * @param failure why
     */
    void failed(Throwable failure);
}
