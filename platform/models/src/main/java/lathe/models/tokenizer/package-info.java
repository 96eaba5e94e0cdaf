/**
 * Text to token ids and back, with the tokenizers that models bring along ({@code tokenizer.json}), run by Hugging Face's
 * own library through its Java binding. Nothing is downloaded.
 */
package lathe.models.tokenizer;
