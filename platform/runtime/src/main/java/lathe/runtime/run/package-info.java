/**
 * Running experiments: {@link lathe.runtime.run.LatheRunner} is the way in for the command line, for tests and for programs
 * that embed Lathe; a run leaves a folder with its resolved configuration, lineage, results and report.
 */
package lathe.runtime.run;
