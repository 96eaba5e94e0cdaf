/**
 * Scenes made of given tensors, and methods made of HOCON: what the golden runner and the contract tests put a method into.
 * No JUnit here.
 */
package lathe.testkit.scene;
