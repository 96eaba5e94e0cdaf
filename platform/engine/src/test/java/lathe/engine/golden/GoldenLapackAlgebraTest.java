package lathe.engine.golden;

import lathe.engine.Engine;

/** By OpenBLAS. */
class GoldenLapackAlgebraTest extends GoldenAlgebra {
    GoldenLapackAlgebraTest() {
        super(Engine.shared().linearAlgebra());
    }
}
