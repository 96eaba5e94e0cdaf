package lathe.serve.api;

import com.google.gson.JsonObject;

/**
 * Tokens of a request.
 *
 * @param prompt    tokens of all prompts
 * @param generated new tokens of all continuations
 */
record Usage(int prompt, int generated) {
    JsonObject json() {
        JsonObject usage = new JsonObject();
        usage.addProperty("prompt_tokens", prompt);
        usage.addProperty("completion_tokens", generated);
        usage.addProperty("total_tokens", prompt + generated);
        return usage;
    }
}
