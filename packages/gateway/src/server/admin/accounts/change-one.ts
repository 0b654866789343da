import type { Changed } from "../../../store/accounts/accounts.ts";
import { StoreError } from "../../../store/errors.ts";
import { StatusError } from "../status.ts";

export interface ChangeOne<T> {
  /** Throws when it is not there, or not for this caller. */
  readonly read: () => Promise<T>;
  /** Decides what changes, and writes it for the revision that was read. */
  readonly write: (before: T) => Promise<Changed<T>>;
  /** Only this revision is changed. */
  readonly wanted: number | undefined;
}

/** Others may be faster now and then, but not for ever. */
const tries = 5;

/** A change that is laid over whatever is there now. Throws 412 for another revision than its sender wanted, and 409. */
export async function changeOne<T extends { readonly revision: number }>(change: ChangeOne<T>): Promise<T> {
  for (let left = tries; left > 0; left -= 1) {
    const before = await change.read();
    if (change.wanted !== undefined && change.wanted !== before.revision) throw changedSince();
    const made = await change.write(before);
    if (made.outcome === "changed") return made.value;
  }
  throw new StatusError({ status: 409, code: "aborted" }, "It is being changed by others: try again.");
}

function changedSince(): StatusError {
  return new StatusError(
    { status: 412, code: "aborted" },
    "It was changed since: read it again, and change what you read.",
  );
}

/** What still has something that belongs to it is in the way of nobody but its own end: 409, and not the request's fault. */
export async function deleteOne(remove: () => Promise<"deleted" | "not-found">): Promise<"deleted" | "not-found"> {
  try {
    return await remove();
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== "invalid") throw error;
    throw new StatusError({ status: 409, code: "failedPrecondition" }, error.message);
  }
}
