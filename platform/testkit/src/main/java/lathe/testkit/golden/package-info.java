/**
 * The golden runner: cases that other people's software answered ({@code <case>.json} beside
 * {@code <case>.safetensors}), run against the methods that are installed. One adapter a kind maps the operations of the
 * cases to calls of the SPI. Nothing here knows JUnit, so that {@code lathe golden} can use it.
 */
package lathe.testkit.golden;
