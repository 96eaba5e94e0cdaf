/** What is trained of a model, beside or instead of its weights; the loop, the optimiser and its state are the platform's. */
package lathe.spi.tuner;
