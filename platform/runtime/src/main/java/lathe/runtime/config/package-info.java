/**
 * Experiment files: HOCON with errors that name file, line and path, bound to the configuration records of methods. All
 * problems of a file are collected and told together.
 */
package lathe.runtime.config;
