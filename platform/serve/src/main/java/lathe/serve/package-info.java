/**
 * A model behind OpenAI's HTTP interface, so that other people's tools can talk to it and judge it.
 *
 * <p>{@code http} speaks HTTP, {@code api} reads requests and writes answers, {@code decode} computes all requests together,
 * {@code chat} turns conversations into prompts.
 */
package lathe.serve;
