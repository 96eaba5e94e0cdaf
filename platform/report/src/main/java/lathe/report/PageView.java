package lathe.report;

import java.util.List;

/**
 * What the page's template shows; names are those in {@code report.mustache}. Empty texts stand for what is not there.
 *
 * @param name          the experiment's name
 * @param description   one sentence about it
 * @param verdict       how many nodes are done
 * @param verdictClass  {@code good} or {@code bad}
 * @param facts         what ran, when and on what
 * @param failures      the nodes that failed
 * @param warnings      sentences to be seen first
 * @param highlights    the best of the variants
 * @param claims        claims that the results were judged by; null when the run is no recipe's
 * @param table         the comparison; null without results
 * @param charts        frames of the charts
 * @param models        the charts' data, in the same order
 * @param nodesCaption  how long all nodes took
 * @param nodes         all nodes
 * @param lineage       all that the run depended on; null when nothing is known
 */
record PageView(String name, String description, String verdict, String verdictClass, List<Fact> facts,
        List<Failure> failures, List<String> warnings, List<Highlight> highlights, ClaimsView claims, TableView table,
        List<ChartFrame> charts, List<Chart> models, String nodesCaption, List<NodeView> nodes,
        LineageView lineage) {

    boolean hasWarnings() {
        return !warnings.isEmpty();
    }

    String warningsTitle() {
        return warnings.size() == 1 ? "Note" : "Notes";
    }

    boolean hasHighlights() {
        return !highlights.isEmpty();
    }

    boolean hasCharts() {
        return !charts.isEmpty();
    }

    /** A name and a value. */
    record Fact(String name, String value) {}

    /** A failed node: where it stands, why it failed, which nodes it took along. */
    record Failure(String name, String anchor, String where, String error, String dependants) {}

    /** A tile: the best variant in one respect. */
    record Highlight(String label, String value, String subject, String change, String tone, String anchor) {}

    /** The claims of a recipe. */
    record ClaimsView(String caption, List<ClaimView> rows) {}

    /** A claim; {@code tone} is {@code holds}, {@code fails} or {@code open}. */
    record ClaimView(String verdict, String tone, String says, String where, String condition, List<String> numbers,
            String reason) {}

    /** The comparison table. */
    record TableView(String caption, List<Header> headers, List<TableRow> rows) {}

    /** A column's heading; {@code kind} is {@code num} or {@code text}, {@code first} the way it sorts first. */
    record Header(String label, String subtitle, String title, String kind, String first) {}

    /** A subject. */
    record TableRow(String label, String detail, String anchor, boolean baseline, List<KeyCell> keys,
            List<ValueCell> cells) {}

    /** The value of a sweep key. */
    record KeyCell(String text, String sort, String kind) {}

    /** A number; {@code tone} is {@code better}, {@code worse} or empty. */
    record ValueCell(boolean missing, String text, String sort, String anchor, String title, String spread,
            String delta, String tone, boolean best) {
        static ValueCell none() {
            return new ValueCell(true, "", "", "", "", "", "", "", false);
        }
    }

    /** The place of a chart. */
    record ChartFrame(int index, String title, String note, String width, int height) {}

    /** A node. */
    record NodeView(String anchor, String name, String point, String verb, String method, String status, String time,
            String share, boolean open, String error, String where, List<Link> inputs, String address,
            String config, List<NoteView> notes) {
        boolean hasInputs() {
            return !inputs.isEmpty();
        }

        boolean hasNotes() {
            return !notes.isEmpty();
        }
    }

    /** A table of what a method noted; a dense one shows colours without numbers. */
    record NoteView(String title, String unit, String corner, boolean dense, List<String> columns,
            List<NoteRow> rows) {}

    /** A row of it, such as a block. */
    record NoteRow(String label, List<NoteCell> cells) {}

    /** A number and how dark it is, in percent. */
    record NoteCell(String text, String title, String shade) {}

    /** A link to a node; the anchor is empty when there is no such node. */
    record Link(String name, String anchor) {}

    /** What the run depended on: single facts and lists as tables. */
    record LineageView(List<Fact> facts, List<LineageTable> tables) {
        boolean hasFacts() {
            return !facts.isEmpty();
        }
    }

    /** A list of things of one sort. */
    record LineageTable(String title, List<String> headers, List<List<String>> rows) {}
}
