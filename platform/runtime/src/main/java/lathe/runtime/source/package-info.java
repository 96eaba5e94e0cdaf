/**
 * Where models and text come from that the platform itself can bring: generated weights, folders of text.
 */
package lathe.runtime.source;
