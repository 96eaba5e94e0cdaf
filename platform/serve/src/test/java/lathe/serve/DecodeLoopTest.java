package lathe.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.util.List;
import java.util.concurrent.CompletableFuture;

import org.junit.jupiter.api.Test;

import lathe.models.generation.Generation;
import lathe.models.generation.GenerationRequest;
import lathe.models.generation.Generator;
import lathe.models.transformer.RunnableModel;
import lathe.models.transformer.ServingPlan;
import lathe.serve.decode.DecodeLoop;
import lathe.serve.decode.Job;
import lathe.serve.decode.JobListener;
import lathe.spi.LatheException;

/** Jobs that share a batch, one of which fails. */
class DecodeLoopTest {
    private static final int TOKENS = 12;

    /** Fails after some tokens, as a model does whose logits become NaN. */
    private static final class Waiting implements JobListener {
        private final CompletableFuture<Generation> answer = new CompletableFuture<>();
        private final int most;
        private int taken;

        Waiting(int most) {
            this.most = most;
        }

        @Override
        public boolean take(int sequence, int token) {
            if (taken++ == most) {
                throw new LatheException("The model's logits are not numbers.");
            }
            return true;
        }

        @Override
        public void prompt(int position, float[] logits) {
            if (most < 0) {
                throw new LatheException("This prompt breaks the pass.");
            }
        }

        @Override
        public void done(Generation generation) {
            answer.complete(generation);
        }

        @Override
        public void failed(Throwable failure) {
            answer.completeExceptionally(failure);
        }
    }

    @Test
    void onlyTheRequestThatFailsIsToldSo() {
        assumeThat(TestModel.isThere()).as("experiments/models/lathe-tiny is there").isTrue();
        try (TestModel model = new TestModel()) {
            RunnableModel runnable = model.runnable(ServingPlan.PLAIN);
            Waiting good = new Waiting(Integer.MAX_VALUE);
            Waiting failing = new Waiting(3);
            Waiting breaking = new Waiting(-1);
            GenerationRequest first = GenerationRequest.greedy(model.tokenizer().encode("It was a cold"), TOKENS);
            GenerationRequest second = GenerationRequest.greedy(model.tokenizer().encode("She said"), TOKENS);
            try (DecodeLoop loop = new DecodeLoop(runnable, model.scope(), 4, 8)) {
                assertThat(loop.submit(List.of(new Job(first, false, good), new Job(second, false, failing),
                        new Job(second, true, breaking)))).isTrue();
                assertThat(good.answer.join().tokens())
                        .containsExactly(new Generator(runnable, model.scope()).generate(first).tokens());
                assertThatThrownBy(failing.answer::join).hasMessageContaining("not numbers");
                assertThatThrownBy(breaking.answer::join).hasMessageContaining("breaks the pass");
            }
        }
    }
}
