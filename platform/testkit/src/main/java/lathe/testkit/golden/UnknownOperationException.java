package lathe.testkit.golden;

/** A case asks for something that no adapter does. */
final class UnknownOperationException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnknownOperationException(GoldenCase golden) {
        super("The golden runner does not know the operation '" + golden.operation() + "' of a "
                + golden.kind().label() + ".");
    }
}
