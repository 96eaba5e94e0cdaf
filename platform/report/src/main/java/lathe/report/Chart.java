package lathe.report;

import java.util.List;

/**
 * A chart as data: the page's script turns it into a picture and computes nothing.
 *
 * @param kind  which picture: {@code pareto}, {@code line}, {@code bar} or {@code heatmap}
 * @param title its heading
 * @param note  how to read it, in one sentence; may be empty
 * @param data  one of the records below
 */
record Chart(String kind, String title, String note, Object data) {

    /**
     * An axis.
     *
     * @param title what it shows
     * @param scale {@code plain} or {@code bytes}
     * @param log   whether it is logarithmic
     */
    record Axis(String title, String scale, boolean log) {}

    /**
     * Points of two metrics.
     *
     * @param x      the axis along
     * @param y      the axis up
     * @param points all points
     * @param front  indices of the points that nothing beats in both, from left to right
     */
    record Pareto(Axis x, Axis y, List<Point> points, List<Integer> front) {}

    /**
     * One subject in a Pareto chart.
     *
     * @param name     its label
     * @param x        its place along
     * @param y        its place up
     * @param text     its full name, and lines that tell both numbers, for people
     * @param baseline whether it is the one others are compared with
     * @param anchor   where its node stands in the page
     */
    record Point(String name, double x, double y, List<String> text, boolean baseline, String anchor) {}

    /**
     * A metric along a sweep key.
     *
     * @param x          the axis along
     * @param y          the axis up
     * @param categories names of the places along, when they are no numbers; else empty
     * @param series     one a subject
     * @param references values that do not depend on the key
     */
    record Lines(Axis x, Axis y, List<String> categories, List<Series> series, List<Reference> references) {}

    /**
     * One line.
     *
     * @param name   the subject
     * @param points its points from left to right
     */
    record Series(String name, List<Step> points) {}

    /**
     * A point of a line.
     *
     * @param x      place along; the index of the category when there are such
     * @param y      the value
     * @param low    lower end of its interval; the value itself when there is none
     * @param high   upper end of its interval
     * @param text   the value for people
     * @param anchor where its node stands in the page
     */
    record Step(double x, double y, double low, double high, String text, String anchor) {}

    /**
     * A level line.
     *
     * @param name the subject
     * @param y    its value
     * @param text the value for people
     */
    record Reference(String name, double y, String text) {}

    /**
     * A metric, one bar a subject.
     *
     * @param x    the axis along the bars
     * @param bars from top to bottom
     */
    record Bars(Axis x, List<Bar> bars) {}

    /**
     * One bar.
     *
     * @param name     the subject
     * @param value    its length
     * @param low      lower end of its interval; the value itself when there is none
     * @param high     upper end of its interval
     * @param text     the value for people
     * @param baseline whether it is the one others are compared with
     * @param best     whether none is better
     * @param anchor   where its node stands in the page
     */
    record Bar(String name, double value, double low, double high, String text, boolean baseline, boolean best,
            String anchor) {}

    /**
     * A matrix as colours.
     *
     * @param x       what a column is
     * @param y       what a row is
     * @param columns names of the columns
     * @param rows    names of the rows
     * @param cells   the numbers that are there
     * @param low     the smallest
     * @param high    the largest
     */
    record Heat(String x, String y, List<String> columns, List<String> rows, List<HeatCell> cells, double low,
            double high) {}

    /**
     * One cell of a heat map.
     *
     * @param column index of its column
     * @param row    index of its row
     * @param value  the number
     * @param text   the number for people
     */
    record HeatCell(int column, int row, double value, String text) {}
}
