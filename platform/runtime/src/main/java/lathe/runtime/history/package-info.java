/** Runs that were made before: read from their folders, run again, and compared. */
package lathe.runtime.history;
