/** The CPU engine: {@link lathe.engine.Engine} is the one way in. */
package lathe.engine;
