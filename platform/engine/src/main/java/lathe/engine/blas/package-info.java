/** Matrix products: OpenBLAS through java.lang.foreign, and a product of the Vector API where it is absent. */
package lathe.engine.blas;
