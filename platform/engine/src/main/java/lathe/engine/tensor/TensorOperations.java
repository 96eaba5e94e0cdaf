package lathe.engine.tensor;

import static java.util.Objects.requireNonNull;

import java.util.function.DoubleUnaryOperator;

import lathe.spi.tensor.Tensor;

/** What a tensor can do with its elements, each by the class that does it. */
abstract sealed class TensorOperations implements Tensor permits DenseTensor {
    /** This tensor as what it is. */
    abstract DenseTensor self();

    // ---- element by element

    @Override
    public Tensor add(Tensor other) {
        return Elementwise.binary("add", Binary.ADD, self(), DenseTensor.of(other, "other"));
    }

    @Override
    public Tensor subtract(Tensor other) {
        return Elementwise.binary("subtract", Binary.SUBTRACT, self(), DenseTensor.of(other, "other"));
    }

    @Override
    public Tensor multiply(Tensor other) {
        return Elementwise.binary("multiply", Binary.MULTIPLY, self(), DenseTensor.of(other, "other"));
    }

    @Override
    public Tensor divide(Tensor other) {
        return Elementwise.binary("divide", Binary.DIVIDE, self(), DenseTensor.of(other, "other"));
    }

    @Override
    public Tensor multiply(double factor) {
        return Elementwise.binary(Binary.MULTIPLY, self(), (float) factor);
    }

    @Override
    public Tensor add(double summand) {
        return Elementwise.binary(Binary.ADD, self(), (float) summand);
    }

    @Override
    public Tensor divide(double divisor) {
        return Elementwise.binary(Binary.DIVIDE, self(), (float) divisor);
    }

    @Override
    public Tensor scaleColumns(Tensor factors) {
        return Elementwise.scaleColumns(self(), DenseTensor.of(factors, "factors"));
    }

    @Override
    public Tensor scaleRows(Tensor factors) {
        return Elementwise.scaleRows(self(), DenseTensor.of(factors, "factors"));
    }

    @Override
    public Tensor abs() {
        return Elementwise.unary(Unary.ABS, self());
    }

    @Override
    public Tensor sqrt() {
        return Elementwise.unary(Unary.SQRT, self());
    }

    @Override
    public Tensor square() {
        return Elementwise.unary(Unary.SQUARE, self());
    }

    @Override
    public Tensor exp() {
        return Elementwise.unary(Unary.EXP, self());
    }

    @Override
    public Tensor log() {
        return Elementwise.unary(Unary.LOG, self());
    }

    @Override
    public Tensor round() {
        return Elementwise.unary(Unary.ROUND, self());
    }

    @Override
    public Tensor clamp(double low, double high) {
        return Elementwise.clamp(self(), low, high);
    }

    @Override
    public Tensor map(DoubleUnaryOperator function) {
        return Elementwise.map(self(), requireNonNull(function, "function is null"));
    }

    // ---- over a dimension

    @Override
    public Tensor sum(int dimension) {
        return Reductions.sum("sum", self(), dimension, 1);
    }

    @Override
    public Tensor mean(int dimension) {
        int index = Layout.dimension("mean", dimension, self().sizes());
        return Reductions.sum("mean", self(), dimension, self().sizes()[index]);
    }

    @Override
    public Tensor max(int dimension) {
        return Reductions.extreme("max", self(), dimension, true);
    }

    @Override
    public Tensor min(int dimension) {
        return Reductions.extreme("min", self(), dimension, false);
    }

    @Override
    public double sum() {
        return Reductions.sum(self());
    }

    @Override
    public double maxAbs() {
        return Reductions.maxAbs(self());
    }

    @Override
    public Tensor norm() {
        return Rows.norm(self());
    }

    @Override
    public Tensor softmax() {
        return Rows.softmax(self());
    }

    @Override
    public Tensor logSumExp() {
        return Rows.logSumExp(self());
    }

    @Override
    public Tensor cumulativeSum() {
        return Rows.cumulativeSum(self());
    }

    // ---- choices

    @Override
    public Tensor topK(int k) {
        return Orders.topK(self(), k);
    }

    @Override
    public Tensor argsort() {
        return Orders.argsort(self());
    }

    @Override
    public Tensor select(int... indices) {
        return Orders.select(self(), requireNonNull(indices, "indices is null"));
    }

    @Override
    public Tensor selectColumns(int... indices) {
        return Orders.selectColumns(self(), requireNonNull(indices, "indices is null"));
    }

    // ---- products

    @Override
    public Tensor matmul(Tensor right) {
        return Products.matmul(self(), DenseTensor.of(right, "right"));
    }

    @Override
    public Tensor gram() {
        return Products.gram(self());
    }

    @Override
    public Tensor hadamard() {
        return Rows.hadamard(self());
    }
}
