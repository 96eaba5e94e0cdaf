package lathe.engine.tensor;

/** Operations on one number. */
enum Unary {
    ABS,
    SQRT,
    SQUARE,
    EXP,
    LOG,
    ROUND
}
