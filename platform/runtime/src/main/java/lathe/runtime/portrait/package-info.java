/** What a judged model looks like inside, block by block: sparsity, bits, attention, experts, as maps for the report. */
package lathe.runtime.portrait;
