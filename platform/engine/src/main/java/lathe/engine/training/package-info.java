/** What turns gradients into steps: optimisers without state of their own, schedules and clipping. */
package lathe.engine.training;
