package lathe.engine.golden;

import lathe.engine.numeric.JavaAlgebra;

/** Where there is no library for the platform. */
class GoldenJavaAlgebraTest extends GoldenAlgebra {
    GoldenJavaAlgebraTest() {
        super(new JavaAlgebra());
    }
}
