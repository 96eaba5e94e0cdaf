package lathe.runtime.recipe;

import java.util.List;
import java.util.stream.Stream;

/** A number made of results. */
sealed interface Formula {
    /** A number that stands in the claim; {@code 5 %} is 0.05. */
    record Constant(double value) implements Formula {}

    /** A result. */
    record Result(Reading reading) implements Formula {}

    /** The number with the other sign. */
    record Negative(Formula of) implements Formula {}

    /** Two numbers and one of {@code + - * /}. */
    record Operation(char operator, Formula left, Formula right) implements Formula {}

    /** A function of numbers. */
    record Call(Function function, List<Formula> arguments) implements Formula {
        public Call {
            arguments = List.copyOf(arguments);
        }
    }

    /** What can be done with numbers beside arithmetic. */
    enum Function {
        /** The smallest. */
        MIN,
        /** The largest. */
        MAX,
        /** The mean. */
        MEAN,
        /** Without its sign; takes one number. */
        ABS,
        /** The natural logarithm; takes one number. */
        LOG;

        /** Whether it takes exactly one number. */
        boolean isOfOne() {
            return this == ABS || this == LOG;
        }

        private double apply(double[] numbers) {
            return switch (this) {
                case MIN -> java.util.Arrays.stream(numbers).min().orElseThrow();
                case MAX -> java.util.Arrays.stream(numbers).max().orElseThrow();
                case MEAN -> java.util.Arrays.stream(numbers).average().orElseThrow();
                case ABS -> Math.abs(numbers[0]);
                case LOG -> Math.log(numbers[0]);
            };
        }
    }

    /** Gives the numbers of results. */
    @FunctionalInterface
    interface Values {
        /** The number of one result. */
        double of(Reading reading);
    }

    /** All results that it is made of, from left to right. */
    default Stream<Reading> readings() {
        return switch (this) {
            case Constant constant -> Stream.empty();
            case Result result -> Stream.of(result.reading());
            case Negative negative -> negative.of().readings();
            case Operation operation -> Stream.concat(operation.left().readings(), operation.right().readings());
            case Call call -> call.arguments().stream().flatMap(Formula::readings);
        };
    }

    /** Its number. Nothing is an error: a division by zero gives infinity or NaN, with which no comparison holds. */
    default double value(Values values) {
        return switch (this) {
            case Constant constant -> constant.value();
            case Result result -> values.of(result.reading());
            case Negative negative -> -negative.of().value(values);
            case Operation operation -> combined(
                    operation.operator(), operation.left().value(values), operation.right().value(values));
            case Call call -> call.function().apply(
                    call.arguments().stream().mapToDouble(argument -> argument.value(values)).toArray());
        };
    }

    private static double combined(char operator, double left, double right) {
        return switch (operator) {
            case '+' -> left + right;
            case '-' -> left - right;
            case '*' -> left * right;
            default -> left / right;
        };
    }
}
