package lathe.engine.tensor;

/** Operations on two numbers. */
enum Binary {
    ADD,
    SUBTRACT,
    MULTIPLY,
    DIVIDE
}
