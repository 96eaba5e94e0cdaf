package lathe.magnitude;

import lathe.spi.Plugin;
import lathe.testkit.PrunerContract;

/** With {@code scope = row} every row loses exactly its share. */
class MagnitudeByRowTest extends PrunerContract {
    @Override
    protected Plugin plugin() {
        return new MagnitudePlugin();
    }

    @Override
    protected String settings() {
        return "scope = row";
    }
}
