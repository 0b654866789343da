import { GatewayError } from "@signalbox/protocol";
import type { AccessPolicy } from "../config/access.ts";
import type { SurfaceDialect } from "../config/quirks.ts";
import type { ClientKey } from "../config/settings.ts";
import { liesIn } from "./addresses.ts";

/** In the same words for every key that opens nothing, whatever the reason, and for none at all. */
export function notValid(): GatewayError {
  return new GatewayError(
    "invalid_api_key",
    "No valid API key was sent. Send one as 'Authorization: Bearer', 'x-api-key' or 'x-goog-api-key'.",
  );
}

/** Whether the key opens anything at all. `now` in milliseconds since 1970. */
export function isOpen({ disabled, expiresAt }: Pick<ClientKey, "disabled" | "expiresAt">, now: number): boolean {
  return !disabled && (expiresAt === undefined || now < expiresAt);
}

export interface Calling {
  /** Of the client: `clientAddress`. Empty where nobody knows it. */
  readonly address: string;
  /** Absent where no surface is used. */
  readonly surface?: SurfaceDialect;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * Throws `invalid_api_key` for a key that has expired or is disabled, and `permission_denied` where one of its policies, its team's
 * or its organisation's does not let it call from there, or in this dialect.
 */
export function checkCaller(key: Pick<ClientKey, "disabled" | "expiresAt" | "policies">, calling: Calling): void {
  if (!isOpen(key, calling.now)) throw notValid();
  for (const { policy } of key.policies) {
    if (!isAddressAllowed(policy, calling.address)) {
      throw new GatewayError("permission_denied", "This API key may not be used from this address.");
    }
    const { surface } = calling;
    if (surface !== undefined && policy.surfaces !== undefined && !policy.surfaces.includes(surface)) {
      throw new GatewayError("permission_denied", `This API key may not be used with the ${surface} API.`);
    }
  }
}

/** Who cannot be told apart from the denied is denied. An empty list of allowed ranges allows none. */
function isAddressAllowed({ allowCidrs, denyCidrs }: AccessPolicy, address: string): boolean {
  if (denyCidrs !== undefined && denyCidrs.length > 0 && (address === "" || liesIn(address, denyCidrs))) return false;
  return allowCidrs === undefined || liesIn(address, allowCidrs);
}
