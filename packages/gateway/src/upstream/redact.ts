import { GatewayError } from "@signalbox/protocol";
import type { Credential, ResolvedEndpoint } from "../providers/resolved.ts";
import { accountOf } from "./auth/account.ts";
import { mintedFor } from "./auth/minted.ts";

/** Replaces every secret that we sent and that an upstream echoes back. */
export function redactSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((safe, value) => (value.length < 8 ? safe : safe.replaceAll(value, "[redacted]")), text);
}

/** What a request to this endpoint tells that nobody else may know. */
export function secretsOf(
  { headers }: Pick<ResolvedEndpoint, "headers">,
  credential: Pick<Credential, "reveal"> | undefined,
): readonly string[] {
  const own = [...headers].filter(([name]) => SECRET_HEADER.test(name)).map(([, value]) => value.reveal());
  return credential === undefined ? own : [...secretsBehind(credential), ...own];
}

/** The secret itself, those inside it, and the tokens that it was exchanged for. */
function secretsBehind(credential: Pick<Credential, "reveal">): readonly string[] {
  return [credential.reveal(), ...insideOf(credential), ...mintedFor(credential)];
}

function insideOf(credential: Pick<Credential, "reveal">): readonly string[] {
  try {
    return accountOf(credential)?.secrets ?? [];
  } catch {
    // An account that cannot be read was never sent.
    return [];
  }
}

/** Others name versions, organisations and options, which errors speak of for good reason. */
const SECRET_HEADER = /auth|key|token|secret|cookie|password/i;

/** The same error, without what an upstream has echoed in it. */
export function redactError(error: GatewayError, secrets: readonly string[]): GatewayError {
  const { upstreamType } = error.detail;
  const message = redactSecrets(error.message, secrets);
  const type = upstreamType === undefined ? undefined : redactSecrets(upstreamType, secrets);
  if (message === error.message && type === upstreamType) return error;
  return new GatewayError(error.code, message, {
    ...error.detail,
    ...(type === undefined ? {} : { upstreamType: type }),
  });
}
