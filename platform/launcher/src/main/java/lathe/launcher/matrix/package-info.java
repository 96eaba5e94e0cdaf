/**
 * The composition matrix: every installed method with every other, on small random models. Each combination either works or is
 * refused at planning time with a reason.
 */
package lathe.launcher.matrix;
