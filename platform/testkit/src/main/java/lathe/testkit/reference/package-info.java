/** Slow and plain twins of the platform's kernels, in double precision, that tests compare with. No JUnit here. */
package lathe.testkit.reference;
