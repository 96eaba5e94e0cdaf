/**
 * Reference cases of single operators and numeric services, made by other people's software: what is computed here for
 * each, and whether it is equal. The command line and the tests run the same checks; where cases are read from is theirs.
 */
package lathe.engine.check;
