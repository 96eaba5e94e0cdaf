package lathe.engine.numeric;

import java.util.Arrays;

import lathe.spi.tensor.Tensor;

/** Linear assignment by shortest augmenting paths (Jonker and Volgenant 1987) in O(n^2 m). */
final class Assignment {
    private final double[][] cost;
    private final int rows;
    private final int columns;
    private final double[] rowPrice;
    private final double[] columnPrice;
    private final int[] rowOfColumn;

    private Assignment(double[][] cost) {
        this.cost = cost;
        rows = cost.length;
        columns = rows == 0 ? 0 : cost[0].length;
        rowPrice = new double[rows];
        columnPrice = new double[columns];
        rowOfColumn = new int[columns];
        Arrays.fill(rowOfColumn, -1);
    }

    static int[] solve(Tensor matrix, boolean maximise) {
        Matrices.requireMatrix("assign", matrix);
        boolean tall = matrix.size(0) > matrix.size(1);
        Tensor wide = tall ? matrix.transpose() : matrix;
        double[][] cost = new double[wide.size(0)][wide.size(1)];
        for (int i = 0; i < cost.length; i++) {
            for (int j = 0; j < cost[i].length; j++) {
                cost[i][j] = maximise ? -wide.get(i, j) : wide.get(i, j);
            }
        }
        Assignment assignment = new Assignment(cost);
        for (int row = 0; row < assignment.rows; row++) {
            assignment.augment(row);
        }
        if (tall) {
            return assignment.rowOfColumn;
        }
        int[] result = new int[matrix.size(0)];
        Arrays.fill(result, -1);
        for (int column = 0; column < assignment.columns; column++) {
            if (assignment.rowOfColumn[column] >= 0) {
                result[assignment.rowOfColumn[column]] = column;
            }
        }
        return result;
    }

    /** Gives a row a column along the path of least reduced cost; rows on the path move on to other columns. */
    private void augment(int start) {
        double[] distance = new double[columns];
        Arrays.fill(distance, Double.POSITIVE_INFINITY);
        int[] cameFrom = new int[columns];
        boolean[] done = new boolean[columns];
        int row = start;
        double length = 0;
        int free = -1;
        while (free < 0) {
            int nearest = -1;
            for (int j = 0; j < columns; j++) {
                if (!done[j]) {
                    double through = length + cost[row][j] - rowPrice[row] - columnPrice[j];
                    if (through < distance[j]) {
                        distance[j] = through;
                        cameFrom[j] = row;
                    }
                    if (nearest < 0 || distance[j] < distance[nearest]) {
                        nearest = j;
                    }
                }
            }
            length = distance[nearest];
            done[nearest] = true;
            row = rowOfColumn[nearest];
            free = row < 0 ? nearest : -1;
        }
        rowPrice[start] += length;
        for (int j = 0; j < columns; j++) {
            if (done[j] && j != free) {
                rowPrice[rowOfColumn[j]] += length - distance[j];
                columnPrice[j] -= length - distance[j];
            }
        }
        for (int j = free;;) {
            int owner = cameFrom[j];
            int previous = columnOf(owner, j);
            rowOfColumn[j] = owner;
            if (owner == start) {
                return;
            }
            j = previous;
        }
    }

    private int columnOf(int row, int except) {
        for (int j = 0; j < columns; j++) {
            if (j != except && rowOfColumn[j] == row) {
                return j;
            }
        }
        return -1;
    }
}
