/** Conversations as the prompts that a model was trained on. */
package lathe.serve.chat;
