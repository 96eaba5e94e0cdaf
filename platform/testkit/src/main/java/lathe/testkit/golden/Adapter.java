package lathe.testkit.golden;

import java.util.Map;

import lathe.testkit.scene.Numbers;

/** Turns the operations of one kind into calls of the SPI. */
interface Adapter {
    /**
     * Runs a case.
     *
     * @param golden the case
     * @param bench  makes the method
     * @return everything that came out, by the names that cases use
     * @throws UnknownOperationException if the operation is none of this kind
     */
    Map<String, Numbers> run(GoldenCase golden, Workbench bench);
}
