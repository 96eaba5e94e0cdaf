package lathe.report;

import static java.util.Objects.requireNonNull;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Draws an experiment's graph as SVG: columns from left to right, an edge from every node to those that take from it. */
public final class GraphDrawing {
    private static final int MARGIN = 24;
    private static final int TITLE = 40;
    private static final int HEIGHT = 58;
    private static final int GAP = 18;
    private static final int BETWEEN = 72;
    private static final int NARROWEST = 120;
    private static final int PADDING = 14;
    private static final double LETTER = 7.3;
    private static final double SMALL_LETTER = 6.3;
    private static final int MOST_LETTERS = 44;
    private static final String STYLE = """
            text { font-family: Inter, system-ui, "Segoe UI", Roboto, Arial, sans-serif; fill: #1c2026 }
            .title { font-size: 17px; font-weight: 650 }
            .name { font-size: 13.5px; font-weight: 620 }
            .what { font-size: 11.5px; fill: #4b525c }
            .note { font-size: 10.5px; fill: #7a818c }
            .edge { fill: none; stroke: #b9b4aa; stroke-width: 1.4 }
            rect { fill: #fff; stroke-width: 1.3 }
            """;
    private static final Map<String, String> COLOURS = Map.of("load", "#6b7280", "prune", "#b0501a", "quantize",
            "#2f6db5",
            "serve", "#2b8a6e", "evaluate", "#8a5bb5", "benchmark", "#c08a00");
    private static final String OTHER = "#c2477f";

    private final String title;
    private final Map<String, GraphNode> nodes = new HashMap<>();
    private final GraphLayers layers;
    private final Map<String, double[]> places = new HashMap<>();
    private double width;
    private double height;

    private GraphDrawing(String title, List<GraphNode> graph) {
        this.title = requireNonNull(title, "title is null");
        graph.forEach(node -> nodes.put(node.name(), node));
        this.layers = new GraphLayers(graph);
        place();
    }

    /**
     * Draws a graph.
     *
     * @param title the experiment's name
     * @param graph its nodes, without circles
     * @return the text of an SVG file
     */
    public static String svg(String title, List<GraphNode> graph) {
        return new GraphDrawing(title, List.copyOf(graph)).draw();
    }

    /** Columns are as wide as their widest node, and centred against the highest column. */
    private void place() {
        double highest = layers.layers().stream().mapToDouble(GraphDrawing::height).max().orElse(0);
        double x = MARGIN;
        for (List<String> layer : layers.layers()) {
            double widest = layer.stream().mapToDouble(name -> width(nodes.get(name))).max().orElse(NARROWEST);
            double y = MARGIN + TITLE + (highest - height(layer)) / 2;
            for (String name : layer) {
                places.put(name, new double[] {x, y, widest});
                y += HEIGHT + GAP;
            }
            x += widest + BETWEEN;
        }
        width = Math.max(x - BETWEEN + MARGIN, title.length() * 10 + 2 * MARGIN);
        height = highest + TITLE + 2 * MARGIN;
    }

    private static double height(List<String> layer) {
        return layer.size() * (HEIGHT + GAP) - GAP;
    }

    private static double width(GraphNode node) {
        double name = LETTER * 1.08 * cut(node.name()).length();
        double what = SMALL_LETTER * cut(what(node)).length();
        double note = SMALL_LETTER * cut(node.note()).length();
        return Math.max(NARROWEST, Math.max(name, Math.max(what, note)) + 2 * PADDING);
    }

    private static String what(GraphNode node) {
        return (node.verb() + " " + node.detail()).strip();
    }

    private static String cut(String text) {
        return text.length() <= MOST_LETTERS ? text : text.substring(0, MOST_LETTERS - 1) + "…";
    }

    private String draw() {
        StringBuilder svg = new StringBuilder(String.format(Locale.ROOT,
                """
                        <svg xmlns="http://www.w3.org/2000/svg" width="%1$.0f" height="%2$.0f" viewBox="0 0 %1$.0f %2$.0f" role="img">
                        <title>%3$s</title>
                        <style>%4$s</style>
                        <rect width="100%%" height="100%%" style="fill: #f6f5f2"/>
                        """,
                width, height, escaped(title), STYLE));
        text(svg, "title", MARGIN, MARGIN + 16, title);
        layers.layers().forEach(layer -> layer.forEach(
                name -> layers.inputs(name).forEach(input -> edge(svg, places.get(input), places.get(name)))));
        layers.layers().forEach(layer -> layer.forEach(name -> node(svg, nodes.get(name))));
        return svg.append("</svg>\n").toString();
    }

    private static void edge(StringBuilder svg, double[] from, double[] to) {
        double startX = from[0] + from[2];
        double startY = from[1] + HEIGHT / 2.0;
        double endY = to[1] + HEIGHT / 2.0;
        double bend = Math.max(BETWEEN, to[0] - startX) / 2;
        svg.append(String.format(Locale.ROOT, "<path class=\"edge\" d=\"M%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1f\"/>%n",
                startX, startY, startX + bend, startY, to[0] - bend, endY, to[0], endY));
    }

    private void node(StringBuilder svg, GraphNode node) {
        double[] place = places.get(node.name());
        String colour = COLOURS.getOrDefault(node.verb(), OTHER);
        svg.append(String.format(Locale.ROOT,
                "<g><title>%s</title><rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" rx=\"8\" stroke=\"%s\"/>%n",
                escaped(node.name() + ": " + what(node) + (node.note().isEmpty() ? "" : ", " + node.note())), place[0],
                place[1], place[2], HEIGHT, colour));
        svg.append(String.format(Locale.ROOT,
                "<path d=\"M%.1f %.1fv%d\" stroke=\"%s\" stroke-width=\"4\" stroke-linecap=\"round\"/>%n", place[0] + 5,
                place[1] + 9, HEIGHT - 18, colour));
        double x = place[0] + PADDING;
        double lift = node.note().isEmpty() ? 7 : 0;
        text(svg, "name", x, place[1] + 19 + lift, node.name());
        text(svg, "what", x, place[1] + 35 + lift, what(node));
        if (!node.note().isEmpty()) {
            text(svg, "note", x, place[1] + 50, node.note());
        }
        svg.append("</g>\n");
    }

    private static void text(StringBuilder svg, String style, double x, double y, String text) {
        svg.append(String.format(Locale.ROOT, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">%s</text>%n", style, x, y,
                escaped(cut(text))));
    }

    /** Characters that XML 1.0 cannot hold at all become question marks. */
    private static String escaped(String text) {
        StringBuilder escaped = new StringBuilder();
        text.codePoints().forEach(letter -> {
            switch (letter) {
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '&' -> escaped.append("&amp;");
                case '"' -> escaped.append("&quot;");
                default ->
                    escaped.appendCodePoint(letter < ' ' && letter != '\t' || Character.isSurrogate((char) letter)
                            && letter <= 0xFFFF || letter == 0xFFFE || letter == 0xFFFF ? '?' : letter);
            }
        });
        return escaped.toString();
    }
}
