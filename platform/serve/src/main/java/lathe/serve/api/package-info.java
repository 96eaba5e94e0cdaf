/** OpenAI's requests and answers: what is asked for, what is refused and why, and the forms that clients read. */
package lathe.serve.api;
