/**
 * Runs while a plugin is compiled: turns the Javadoc of configuration records into the help texts that {@code lathe
 * describe} shows, so that an author writes each sentence once.
 */
package lathe.spi.processor;
