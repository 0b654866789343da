import type { KeyDirectory } from "../../../access/key-directory.ts";
import type { AccountStore } from "../../../store/accounts/accounts.ts";
import type { Spending } from "./spending.ts";

/** What the API of keys and those that they belong to works with. */
export interface AccountParts {
  readonly accounts: AccountStore;
  /** Told of every change, so that the next request of a key is judged by it. */
  readonly directory: Pick<KeyDirectory, "refresh">;
  readonly spending: Spending;
  /** Kept answers and bodies go with their key; what they have cost stays. */
  readonly forget: (keyId: string) => Promise<void>;
  /** Whether requests can go to this provider at all. */
  readonly hasProvider: (id: string) => boolean;
  readonly now: () => Date;
}
