package lathe.awq;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;

import com.typesafe.config.ConfigFactory;
import org.junit.jupiter.api.Test;

import lathe.engine.Engine;
import lathe.spi.Kind;
import lathe.spi.tensor.Scope;
import lathe.spi.weight.WeightMethod;
import lathe.testkit.TargetedWalk;
import lathe.testkit.scene.MethodFactory;
import lathe.testkit.scene.MethodSource;

class AwqTargetsTest {
    @Test
    void changesTheWeightsThatItIsPointedAtAndNoOthers() {
        MethodFactory factory = new MethodFactory(MethodSource.of(new AwqPlugin()), Engine.shared());
        WeightMethod method = (WeightMethod) factory.make(
                Kind.QUANTIZER, "awq", ConfigFactory.empty().root(), List.of()).method();
        try (Scope scope = Engine.shared().openScope()) {
            // Scales move between the weights of a block: whole blocks are targets or not.
            assertThat(TargetedWalk.changed(
                    method, factory.services(), List.of("re:blocks\\.[1-9]\\..*"), List.of(), scope))
                    .hasSize(7).allMatch(name -> name.startsWith("blocks.1."));
        }
    }
}
