/** Models as folders that other engines load. */
package lathe.models.exchange;
