/**
 * What experiments leave for later ones: results under content addresses, as plain files that are written to temporary names
 * and renamed, and checked by digest when they are read.
 */
package lathe.runtime.store;
