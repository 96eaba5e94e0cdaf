/** What a method's declaration tells a user: its parameters with types, defaults, ranges and meanings, and an example. */
package lathe.runtime.describe;
