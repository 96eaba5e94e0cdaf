/** HTTP/1.1: whole requests in, answers and event streams out, and word of clients that went away. */
package lathe.serve.http;
