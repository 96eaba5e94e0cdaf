/**
 * The language of experiment graphs: nodes with one verb each are read, checked as a whole, and turned into a plan of tasks
 * with content addresses.
 */
package lathe.runtime.graph;
