import { GatewayError } from "@signalbox/protocol";

/** An upstream's own error answer, kept for a client that speaks the same dialect. */
export interface RawRefusal {
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

/** Why an attempt failed, with the upstream's own words where it had some. */
export class AttemptFailure extends Error {
  override readonly name = "AttemptFailure";
  readonly error: GatewayError;
  readonly raw: RawRefusal | undefined;

  constructor(error: GatewayError, raw?: RawRefusal) {
    super(error.message, { cause: error });
    this.error = error;
    this.raw = raw;
  }
}

/** Whatever was thrown as the gateway's error: what is not one of ours is a bug, and says nothing to the client. */
export function asGatewayError(thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError) return thrown;
  if (thrown instanceof AttemptFailure) return thrown.error;
  return new GatewayError("internal", "The gateway failed to handle this request.", { cause: thrown });
}
