/** Benchmarks of the engine. {@link lathe.benchmarks.KernelBenchmarks} runs them and prints the table of ratios. */
package lathe.benchmarks;
