/**
 * Which experts a token goes to. {@link lathe.spi.router.Router} is implemented by plugins; the platform computes logits,
 * sends tokens to experts and adds up what comes back.
 */
package lathe.spi.router;
