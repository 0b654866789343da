import { GatewayError } from "@signalbox/protocol";
import { StoreError } from "../../store/errors.ts";

/** A store that is away is no fault of the request's. */
export async function fromObjects<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw new GatewayError("overloaded", "Whose files and batches are cannot be looked up now. Try again soon.", {
      retryAfterMs: 1000,
      cause: error,
    });
  }
}
