/**
 * Checkpoints on disk: safetensors files and folders of them, mapped and never copied, and their writers. What a file
 * claims is checked before it is believed: nothing is allocated in proportion to a number that stands in it.
 */
package lathe.models.checkpoint;
