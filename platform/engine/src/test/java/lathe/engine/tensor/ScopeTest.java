package lathe.engine.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;

import lathe.engine.Engine;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

class ScopeTest {
    private final Engine engine = Engine.shared();

    @Test
    void tensorsDieWithTheirScope() {
        for (int size : new int[] {10, 3_000_000}) {
            Scope scope = engine.openScope();
            Tensor tensor = scope.zeros(size);
            Tensor view = tensor.slice(0, 1, 5);
            scope.close();
            assertThatThrownBy(() -> tensor.get(0)).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> view.add(1.0)).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(tensor::segment).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> scope.zeros(1)).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(scope::child).isInstanceOf(IllegalStateException.class);
            scope.close();
        }
    }

    @Test
    void waitsForKernelsThatReadItsMemory() throws InterruptedException {
        for (int size : new int[] {10, 3_000_000}) {
            Scope parent = engine.openScope();
            Tensor tensor = parent.child().zeros(size).fill(7);
            MemorySegment memory = tensor.segment();
            Thread closer = new Thread(parent::close);
            try (InUse outer = InUse.of(tensor.slice(0, 2, 5))) {
                try (InUse inner = InUse.of(tensor)) {
                    assertThatThrownBy(() -> tensor.scope().close()).isInstanceOf(IllegalStateException.class)
                            .hasMessageContaining("closed by the operation that reads its tensors");
                    closer.start();
                    while (closer.getState() != Thread.State.WAITING) {
                        Thread.onSpinWait();
                    }
                }
                assertThat(closer.getState()).as("after one of two uses ended").isEqualTo(Thread.State.WAITING);
                assertThat(memory.get(ValueLayout.JAVA_FLOAT, 4)).isEqualTo(7);
                assertThatThrownBy(() -> InUse.of(tensor)).isInstanceOf(IllegalStateException.class);
            }
            closer.join();
            assertThatThrownBy(() -> InUse.of(tensor)).isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("closed");
        }
    }

    @Test
    void closingAParentClosesItsChildrenAndNotTheOtherWay() {
        Scope parent = engine.openScope();
        Tensor kept = parent.zeros(4).fill(2);
        Tensor lost;
        try (Scope child = parent.child()) {
            lost = kept.in(child).add(1.0);
            assertThat(lost.scope()).isSameAs(child);
        }
        assertThat(kept.sum()).isEqualTo(8);
        assertThatThrownBy(lost::sum).isInstanceOf(IllegalStateException.class);
        Tensor inChild = parent.child().zeros(3);
        parent.close();
        assertThatThrownBy(() -> inChild.get(0)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void runsTheActionsOfAScopeOnceAndTheLastFirst() {
        List<String> done = new ArrayList<>();
        Scope parent = engine.openScope();
        Scope scope = parent.child();
        scope.onClose(() -> done.add("first"));
        scope.onClose(() -> done.add("second"));
        parent.onClose(() -> done.add("parent"));

        parent.close();
        scope.close();
        parent.close();

        assertThat(done).containsExactly("second", "first", "parent");
        assertThatThrownBy(() -> scope.onClose(() -> done.add("late"))).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void freesTheMemoryOfAScopeAlsoWhenAnActionFails() {
        Scope scope = engine.openScope();
        Tensor tensor = scope.zeros(3_000_000);
        scope.onClose(() -> {
            throw new IllegalArgumentException("an action that fails");
        });

        assertThatThrownBy(scope::close).hasMessage("an action that fails");
        assertThatThrownBy(() -> tensor.get(0)).isInstanceOf(IllegalStateException.class);
        assertThat(scope.bytes()).isZero();
    }

    @Test
    void aViewInAnotherScopeStillDiesWithItsMemory() {
        try (Scope outer = engine.openScope()) {
            Scope inner = outer.child();
            Tensor view = inner.zeros(5).in(outer);
            inner.close();
            assertThatThrownBy(() -> view.get(1)).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void memoryIsZeroAlignedAndApart() {
        for (int round = 0; round < 3; round++) {
            try (Scope scope = engine.openScope()) {
                List<Tensor> tensors = new ArrayList<>();
                for (int size : new int[] {1, 17, 1000, 60_000, 300_000, 1_000_000, 3}) {
                    Tensor tensor = scope.zeros(DataType.U8, size);
                    assertThat(tensor.segment().address() % 64).isZero();
                    assertThat(tensor.maxAbs()).isZero();
                    tensor.fill(tensors.size() + 1);
                    tensors.add(tensor);
                }
                for (int i = 0; i < tensors.size(); i++) {
                    assertThat(tensors.get(i).sum()).isEqualTo((i + 1.0) * tensors.get(i).elements());
                }
            }
        }
    }

    @Test
    void countsItsBytesAndItsChildrens() {
        try (Scope scope = engine.openScope()) {
            assertThat(scope.bytes()).isZero();
            scope.zeros(1 << 20);
            assertThat(scope.bytes()).isEqualTo(4 << 20);
            Scope child = scope.child();
            child.zeros(1 << 20);
            assertThat(scope.bytes()).isEqualTo(8 << 20);
            child.close();
            assertThat(scope.bytes()).isEqualTo(4 << 20);
        }
    }

    @Test
    void temporariesOfOperationsAreGoneAfterwards() {
        try (Scope scope = engine.openScope()) {
            Tensor a = scope.zeros(300, 300).to(DataType.BF16);
            long before = scope.bytes();
            Tensor product = a.transpose().matmul(a);
            a.transpose().add(1.0).maxAbs();
            assertThat(scope.bytes() - before).isLessThanOrEqualTo(2 * product.bytes() + 2 * 64);
        }
    }

    @Test
    void severalThreadsMayAllocate() {
        try (Scope scope = engine.openScope()) {
            List<Tensor> tensors = IntStream.range(0, 4000).parallel()
                    .mapToObj(i -> scope.zeros(1 + i % 97).fill(i)).toList();
            for (int i = 0; i < tensors.size(); i++) {
                assertThat(tensors.get(i).sum()).isEqualTo((double) i * (1 + i % 97));
            }
        }
    }

    @Test
    void readsMemoryOfOthersAtAnyAlignment() {
        try (Arena arena = Arena.ofConfined(); Scope scope = engine.openScope()) {
            MemorySegment bytes = arena.allocate(103);
            for (int i = 0; i < 25; i++) {
                bytes.set(ValueLayout.JAVA_FLOAT_UNALIGNED, 3 + 4 * i, i);
            }
            Tensor tensor = scope.over(bytes.asSlice(3), DataType.F32, 5, 5);
            assertThat(tensor.sum()).isEqualTo(300);
            assertThat(tensor.matmul(tensor).get(0, 0)).isEqualTo(150);
            assertThat(tensor.transpose().add(1.0).get(1, 0)).isEqualTo(2);
            assertThatThrownBy(() -> scope.over(bytes, DataType.F32, 26)).hasMessageContaining("104");
            Tensor readOnly = scope.over(bytes.asReadOnly(), DataType.U8, 103);
            assertThatThrownBy(() -> readOnly.fill(1)).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
