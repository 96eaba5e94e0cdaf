package lathe.models.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

import org.junit.jupiter.api.Test;

class SafetensorsFileTest {
    private static Path valid(String name) {
        return SharedFolder.require("golden/hostile/valid").resolve(name + ".safetensors");
    }

    @Test
    void readsShapesTypesAndValues() {
        for (String name : new String[] {"plain", "padded-header", "order"}) {
            try (SafetensorsFile file = SafetensorsFile.open(valid(name))) {
                TensorEntry a = file.find("a").orElseThrow();
                assertThat(a.type()).isEqualTo(StoredType.F32);
                assertThat(a.shape()).containsExactly(2, 3);
                for (int i = 0; i < 6; i++) {
                    assertThat(a.segment().get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * i)).isEqualTo(i + 1);
                }
                TensorEntry b = file.find("b").orElseThrow();
                assertThat(b.type()).isEqualTo(StoredType.BF16);
                assertThat(b.bytes()).isEqualTo(8);
                assertThat(b.segment().get(ValueLayout.JAVA_SHORT_UNALIGNED, 6) << 16).isEqualTo(
                        Float.floatToIntBits(4));
            }
        }
    }

    @Test
    void readsAFileWithoutTensors() {
        try (SafetensorsFile file = SafetensorsFile.open(valid("no-tensors"))) {
            assertThat(file.tensors()).isEmpty();
        }
    }

    @Test
    void readsScalarsAndEmptyTensors() {
        try (SafetensorsFile file = SafetensorsFile.open(valid("scalar-and-empty"))) {
            TensorEntry scalar = file.find("s").orElseThrow();
            assertThat(scalar.shape()).isEmpty();
            assertThat(scalar.elements()).isEqualTo(1);
            assertThat(scalar.segment().get(ValueLayout.JAVA_FLOAT_UNALIGNED, 0)).isEqualTo(2.5f);
            TensorEntry empty = file.find("e").orElseThrow();
            assertThat(empty.shape()).containsExactly(0, 4);
            assertThat(empty.segment().byteSize()).isZero();
        }
    }

    @Test
    void readsMetadataAndNamesInOtherScripts() {
        try (SafetensorsFile file = SafetensorsFile.open(valid("metadata-unicode"))) {
            assertThat(file.metadata()).containsEntry("format", "pt").containsEntry("note", "ä😀");
            assertThat(file.tensors()).extracting(TensorEntry::name).containsExactly("層.0", "café");
        }
    }

    @Test
    void knowsEveryElementTypeAtAnyAlignment() {
        try (SafetensorsFile file = SafetensorsFile.open(valid("all-types"))) {
            assertThat(file.tensors()).hasSize(15).allSatisfy(entry -> {
                assertThat(entry.name()).isEqualTo("t_" + entry.type());
                assertThat(entry.shape()).containsExactly(3);
                assertThat(entry.segment().byteSize()).isEqualTo(3L * entry.type().bits() / 8);
                assertThat(entry.type().tensorType()).isPresent();
            });
            MemorySegment doubles = file.find("t_F64").orElseThrow().segment();
            assertThat(doubles.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, 8)).isEqualTo(-2);
            MemorySegment halves = file.find("t_F16").orElseThrow().segment();
            assertThat(Float.float16ToFloat(halves.get(ValueLayout.JAVA_SHORT_UNALIGNED, 4))).isEqualTo(0.5f);
            MemorySegment longs = file.find("t_I64").orElseThrow().segment();
            assertThat(longs.get(ValueLayout.JAVA_LONG_UNALIGNED, 16)).isEqualTo(-3);
        }
    }

    @Test
    void cannotBeReadOnceItIsClosed() {
        SafetensorsFile file = SafetensorsFile.open(valid("plain"));
        MemorySegment a = file.find("a").orElseThrow().segment();
        file.close();
        assertThatThrownBy(() -> a.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 0)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void isReadOnly() {
        try (SafetensorsFile file = SafetensorsFile.open(valid("plain"))) {
            assertThat(file.find("a").orElseThrow().segment().isReadOnly()).isTrue();
        }
    }
}
