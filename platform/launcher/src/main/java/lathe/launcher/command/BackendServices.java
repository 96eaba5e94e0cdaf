package lathe.launcher.command;

import lathe.engine.Engine;
import lathe.spi.Kind;
import lathe.spi.LatheException;
import lathe.spi.MethodChoice;
import lathe.spi.Progress;
import lathe.spi.Services;
import lathe.spi.numeric.LinearAlgebra;
import lathe.spi.numeric.Parallel;
import lathe.spi.numeric.RandomStreams;
import lathe.spi.numeric.Solvers;
import lathe.spi.tensor.Scope;

/** What a backend may ask for that is only asked what it is. */
final class BackendServices implements Services {
    @Override
    public Scope openScope() {
        return Engine.shared().openScope();
    }

    @Override
    public LinearAlgebra linearAlgebra() {
        return Engine.shared().linearAlgebra();
    }

    @Override
    public Solvers solvers() {
        return Engine.shared().solvers();
    }

    @Override
    public Parallel parallel() {
        return Engine.shared().parallel();
    }

    @Override
    public RandomStreams random() {
        return Engine.shared().random(0, "backends");
    }

    @Override
    public Progress progress() {
        return Progress.NONE;
    }

    @Override
    public <T> T method(Kind kind, MethodChoice choice, Class<T> contract) {
        throw new LatheException("A backend cannot build on the method " + choice.id() + ".");
    }
}
