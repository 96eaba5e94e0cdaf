/** Computes the requests of all clients together, step by step, in one thread. */
package lathe.serve.decode;
