/**
 * The console of a long-lived process: an interpreter (Gogo) with commands in the scope {@code lathe}, and a terminal (JLine)
 * with completion and history. What the command line can do, the console does through {@link lathe.console.ConsoleHost};
 * commands of its own are those that need a process that stays: plugins that come and go, and runs in the background.
 */
package lathe.console;
