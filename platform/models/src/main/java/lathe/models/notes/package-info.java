/** Hands on what methods note while a model runs. */
package lathe.models.notes;
