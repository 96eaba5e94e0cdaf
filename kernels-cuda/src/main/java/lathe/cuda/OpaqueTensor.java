package lathe.cuda;

import java.lang.foreign.MemorySegment;
import java.util.function.DoubleUnaryOperator;

import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Tensor;

/** What a tensor on a device cannot do: show its elements to the host, and be calculated with outside of kernels. */
abstract class OpaqueTensor implements Tensor {
    private static UnsupportedOperationException unreadable(String operation) {
        return new UnsupportedOperationException("The tensor lies on a graphics processor, where " + operation
                + " cannot reach it: copy it to the host with Compute.read, or back with Compute.write.");
    }

    @Override
    public final MemorySegment segment() {
        throw unreadable("segment");
    }

    @Override
    public final double get(int i) {
        throw unreadable("get");
    }

    @Override
    public final double get(int i, int j) {
        throw unreadable("get");
    }

    @Override
    public final double get(int i, int j, int k) {
        throw unreadable("get");
    }

    @Override
    public final void set(double value, int i) {
        throw unreadable("set");
    }

    @Override
    public final void set(double value, int i, int j) {
        throw unreadable("set");
    }

    @Override
    public final void set(double value, int i, int j, int k) {
        throw unreadable("set");
    }

    @Override
    public final float[] toFloats() {
        throw unreadable("toFloats");
    }

    @Override
    public final int[] toInts() {
        throw unreadable("toInts");
    }

    @Override
    public final void copyRow(int row, float[] target) {
        throw unreadable("copyRow");
    }

    @Override
    public final void setRow(int row, float[] source) {
        throw unreadable("setRow");
    }

    @Override
    public final Tensor assign(Tensor source) {
        throw unreadable("assign");
    }

    @Override
    public final Tensor fill(double value) {
        throw unreadable("fill");
    }

    @Override
    public final Tensor copy() {
        throw unreadable("copy");
    }

    @Override
    public final Tensor to(DataType type) {
        throw unreadable("to");
    }

    @Override
    public final Tensor add(Tensor other) {
        throw unreadable("add");
    }

    @Override
    public final Tensor subtract(Tensor other) {
        throw unreadable("subtract");
    }

    @Override
    public final Tensor multiply(Tensor other) {
        throw unreadable("multiply");
    }

    @Override
    public final Tensor divide(Tensor other) {
        throw unreadable("divide");
    }

    @Override
    public final Tensor multiply(double factor) {
        throw unreadable("multiply");
    }

    @Override
    public final Tensor add(double summand) {
        throw unreadable("add");
    }

    @Override
    public final Tensor divide(double divisor) {
        throw unreadable("divide");
    }

    @Override
    public final Tensor scaleRows(Tensor factors) {
        throw unreadable("scaleRows");
    }

    @Override
    public final Tensor abs() {
        throw unreadable("abs");
    }

    @Override
    public final Tensor sqrt() {
        throw unreadable("sqrt");
    }

    @Override
    public final Tensor square() {
        throw unreadable("square");
    }

    @Override
    public final Tensor exp() {
        throw unreadable("exp");
    }

    @Override
    public final Tensor log() {
        throw unreadable("log");
    }

    @Override
    public final Tensor round() {
        throw unreadable("round");
    }

    @Override
    public final Tensor clamp(double low, double high) {
        throw unreadable("clamp");
    }

    @Override
    public final Tensor map(DoubleUnaryOperator function) {
        throw unreadable("map");
    }

    @Override
    public final Tensor sum(int dimension) {
        throw unreadable("sum");
    }

    @Override
    public final Tensor mean(int dimension) {
        throw unreadable("mean");
    }

    @Override
    public final Tensor max(int dimension) {
        throw unreadable("max");
    }

    @Override
    public final Tensor min(int dimension) {
        throw unreadable("min");
    }

    @Override
    public final double sum() {
        throw unreadable("sum");
    }

    @Override
    public final double maxAbs() {
        throw unreadable("maxAbs");
    }

    @Override
    public final Tensor norm() {
        throw unreadable("norm");
    }

    @Override
    public final Tensor softmax() {
        throw unreadable("softmax");
    }

    @Override
    public final Tensor logSumExp() {
        throw unreadable("logSumExp");
    }

    @Override
    public final Tensor cumulativeSum() {
        throw unreadable("cumulativeSum");
    }

    @Override
    public final Tensor topK(int k) {
        throw unreadable("topK");
    }

    @Override
    public final Tensor argsort() {
        throw unreadable("argsort");
    }

    @Override
    public final Tensor select(int... indices) {
        throw unreadable("select");
    }

    @Override
    public final Tensor selectColumns(int... indices) {
        throw unreadable("selectColumns");
    }

    @Override
    public final Tensor matmul(Tensor right) {
        throw unreadable("matmul");
    }

    @Override
    public final Tensor gram() {
        throw unreadable("gram");
    }

    @Override
    public final Tensor hadamard() {
        throw unreadable("hadamard");
    }
}
