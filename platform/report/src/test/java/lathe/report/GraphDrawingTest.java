package lathe.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.StringReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import javax.xml.parsers.DocumentBuilderFactory;

import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

class GraphDrawingTest {
    private static final List<GraphNode> GRAPH = List.of(
            new GraphNode("dense", "load", "", "", List.of()),
            new GraphNode("wanda", "prune", "wanda", "3 sweep points", List.of("dense")),
            new GraphNode("rtn", "quantize", "rtn", "", List.of("wanda")),
            new GraphNode("served", "serve", "h2o", "", List.of("dense")),
            new GraphNode("quality", "evaluate", "perplexity, kl", "", List.of("dense", "wanda", "rtn", "served")));

    private static Document parse(String svg) throws Exception {
        return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(svg)));
    }

    /** Left edges of the boxes by the node that stands in them. */
    private static Map<String, double[]> boxes(Document svg) {
        Map<String, double[]> boxes = new HashMap<>();
        NodeList groups = svg.getElementsByTagName("g");
        for (int i = 0; i < groups.getLength(); i++) {
            Element group = (Element) groups.item(i);
            Element box = (Element) group.getElementsByTagName("rect").item(0);
            String name = group.getElementsByTagName("text").item(0).getTextContent();
            boxes.put(name,
                    new double[] {number(box, "x"), number(box, "y"), number(box, "width"), number(box, "height")});
        }
        return boxes;
    }

    private static double number(Element element, String name) {
        return Double.parseDouble(element.getAttribute(name));
    }

    @Test
    void drawsEveryNodeRightOfItsInputsAndNoneOverAnother() throws Exception {
        Document svg = parse(GraphDrawing.svg("x", GRAPH));
        Map<String, double[]> boxes = boxes(svg);
        assertThat(boxes).containsOnlyKeys("dense", "wanda", "rtn", "served", "quality");
        for (GraphNode node : GRAPH) {
            for (String input : node.inputs()) {
                double[] from = boxes.get(input);
                assertThat(boxes.get(node.name())[0]).as(node.name()).isGreaterThan(from[0] + from[2]);
            }
        }
        List<double[]> all = new ArrayList<>(boxes.values());
        for (int i = 0; i < all.size(); i++) {
            for (int j = 0; j < i; j++) {
                double[] a = all.get(i);
                double[] b = all.get(j);
                boolean apart = a[0] + a[2] <= b[0] || b[0] + b[2] <= a[0] || a[1] + a[3] <= b[1]
                        || b[1] + b[3] <= a[1];
                assertThat(apart).isTrue();
            }
        }
    }

    @Test
    void drawsEveryEdge() throws Exception {
        NodeList paths = parse(GraphDrawing.svg("x", GRAPH)).getElementsByTagName("path");
        long edges = 0;
        for (int i = 0; i < paths.getLength(); i++) {
            edges += ((Element) paths.item(i)).getAttribute("class").equals("edge") ? 1 : 0;
        }
        assertThat(edges).isEqualTo(7);
    }

    @Test
    void keepsNamesThatAreNoXmlWithinIt() throws Exception {
        String hostile = "</svg><script>alert(1)</script>&\"'\u0000\u0007\ud83d\ude80";
        Document svg = parse(GraphDrawing.svg(hostile, List.of(new GraphNode(hostile, hostile, hostile, hostile,
                List.of("nobody")))));
        assertThat(svg.getElementsByTagName("script").getLength()).isZero();
        assertThat(svg.getElementsByTagName("title").item(0).getTextContent()).contains("<script>", "\ud83d\ude80",
                "??");
    }

    @Test
    void crossesNoEdgesWhereNoneMustCross() throws Exception {
        Map<String, double[]> boxes = boxes(parse(GraphDrawing.svg("x", List.of(
                new GraphNode("a", "load", "", "", List.of()), new GraphNode("b", "load", "", "", List.of()),
                new GraphNode("of-b", "prune", "", "", List.of("b")),
                new GraphNode("of-a", "prune", "", "", List.of("a"))))));
        assertThat(Math.signum(boxes.get("of-a")[1] - boxes.get("of-b")[1]))
                .isEqualTo(Math.signum(boxes.get("a")[1] - boxes.get("b")[1]));
    }

    @Test
    void refusesCircles() {
        assertThatThrownBy(() -> GraphDrawing.svg("x", List.of(new GraphNode("a", "prune", "", "", List.of("b")),
                new GraphNode("b", "prune", "", "", List.of("a"))))).isInstanceOf(IllegalArgumentException.class);
    }
}
