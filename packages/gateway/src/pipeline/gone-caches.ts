import type { GatewayError } from "@signalbox/protocol";

/** The errors of attempts whose explicit cache was gone. They may be made once more: what they named is forgotten. */
export const goneCaches = new WeakSet<GatewayError>();
