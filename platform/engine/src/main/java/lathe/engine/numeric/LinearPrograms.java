package lathe.engine.numeric;

import org.ojalgo.optimisation.Expression;
import org.ojalgo.optimisation.ExpressionsBasedModel;
import org.ojalgo.optimisation.Optimisation;

import lathe.spi.numeric.Solvers.LinearOutcome;
import lathe.spi.numeric.Solvers.LinearProgram;
import lathe.spi.numeric.Solvers.LinearSolution;

/** Linear programs by ojAlgo's simplex. */
final class LinearPrograms {
    private LinearPrograms() {}

    static LinearSolution solve(LinearProgram program) {
        int n = program.objective().length;
        check(program, n);
        ExpressionsBasedModel model = new ExpressionsBasedModel();
        for (int i = 0; i < n; i++) {
            var variable = model.newVariable("x" + i).weight(program.objective()[i]);
            if (program.lower()[i] != Double.NEGATIVE_INFINITY) {
                variable.lower(program.lower()[i]);
            }
            if (program.upper()[i] != Double.POSITIVE_INFINITY) {
                variable.upper(program.upper()[i]);
            }
        }
        for (int row = 0; row < program.inequalities().length; row++) {
            expression(model, "at most " + row, program.inequalities()[row]).upper(program.limits()[row]);
        }
        for (int row = 0; row < program.equalities().length; row++) {
            expression(model, "equal " + row, program.equalities()[row]).level(program.values()[row]);
        }
        Optimisation.Result result = model.minimise();
        Optimisation.State state = result.getState();
        if (state.isOptimal()) {
            return optimal(program, result, n);
        }
        if (state == Optimisation.State.UNBOUNDED) {
            return new LinearSolution(LinearOutcome.UNBOUNDED, new double[0], Double.NaN);
        }
        if (state == Optimisation.State.INFEASIBLE) {
            return new LinearSolution(LinearOutcome.INFEASIBLE, new double[0], Double.NaN);
        }
        throw new ArithmeticException("solve: the linear program ended without a result: " + state + ".");
    }

    private static LinearSolution optimal(LinearProgram program, Optimisation.Result result, int n) {
        double[] x = new double[n];
        double objective = 0;
        for (int i = 0; i < n; i++) {
            x[i] = result.doubleValue(i);
            objective += program.objective()[i] * x[i];
        }
        return new LinearSolution(LinearOutcome.OPTIMAL, x, objective);
    }

    private static Expression expression(ExpressionsBasedModel model, String name, double[] coefficients) {
        Expression expression = model.newExpression(name);
        for (int i = 0; i < coefficients.length; i++) {
            expression.set(i, coefficients[i]);
        }
        return expression;
    }

    private static void check(LinearProgram program, int n) {
        boolean fits = program.lower().length == n && program.upper().length == n
                && program.inequalities().length == program.limits().length
                && program.equalities().length == program.values().length;
        for (double[] row : program.inequalities()) {
            fits &= row.length == n;
        }
        for (double[] row : program.equalities()) {
            fits &= row.length == n;
        }
        if (!fits) {
            throw new IllegalArgumentException("solve: the rows and bounds of a linear program with " + n
                    + " variables do not have " + n + " entries each, or have no right side.");
        }
    }
}
