import { GatewayError } from "@signalbox/protocol";
import { StoreError } from "../../store/errors.ts";

/** The store of responses cannot be asked now. */
export function unknowable(cause: StoreError): GatewayError {
  if (cause.code === "corrupt") {
    return new GatewayError("internal", "What is kept under this id cannot be read any more.", { cause });
  }
  if (cause.code === "invalid") {
    return new GatewayError(
      "unsupported_feature",
      "This gateway keeps no responses: it has no key to encrypt them with (encryptionKey).",
      { cause },
    );
  }
  return new GatewayError("overloaded", "What is kept of responses cannot be looked up now. Try again soon.", {
    retryAfterMs: 1000,
    cause,
  });
}

/** A store that is away is no fault of the request's. */
export async function fromStore<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof StoreError ? unknowable(error) : error;
  }
}
