/**
 * Lathe's own layout, for what no other engine has a form for: every stored form as it is, any change of structure, rounded
 * inputs, carved experts. A folder says {@code quant_method: lathe} in its config; {@code weights.json} says which form each
 * weight has.
 */
package lathe.models.exchange.stored;
