/** What a person sees while Lathe works: progress with remaining time on a terminal, plain lines elsewhere. */
package lathe.launcher.terminal;
