/**
 * What the tests of plugins build on: one abstract contract test a kind, and {@link lathe.testkit.GoldenCases}, which turns
 * the golden cases of a method into tests.
 */
package lathe.testkit;
