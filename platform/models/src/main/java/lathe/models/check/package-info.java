/** Runs of golden cases against this platform's own reading of models, for the command line and for tests. */
package lathe.models.check;
