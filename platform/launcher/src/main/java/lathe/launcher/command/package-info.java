/** One class a command of the command line. */
package lathe.launcher.command;
