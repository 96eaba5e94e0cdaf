/**
 * Turns the results of a run, given as values, into what people and programs read: {@code results.json},
 * {@code results.csv}, a self-contained {@code report.html} and a table on the terminal.
 *
 * <p>
 * The entry points are {@link lathe.report.RunReport} (the values), {@link lathe.report.ReportWriter} (writes a run
 * folder), {@link lathe.report.ResultsFile} (reads one back) and {@link lathe.report.ConsoleTable}. The package computes
 * nothing about models and knows no method: what a number means it takes from the metric's name and unit.
 */
package lathe.report;
