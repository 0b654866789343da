import type { OwnerKind } from "../../config/access.ts";
import type { AccountChanges, KeyBelongings, StoredKey } from "../../store/accounts/accounts.ts";
import { StoreError } from "../../store/errors.ts";

export const digest = (name: string) => name.padStart(64, "0");

export function storedKey(name: string, more: Partial<StoredKey> = {}): StoredKey {
  return {
    id: name,
    name,
    digest: digest(name),
    lastFour: "0000",
    policy: {},
    metadata: {},
    disabled: false,
    createdAt: new Date(0),
    createdBy: "local",
    revision: 1,
    ...more,
  };
}

interface FakeState {
  away: boolean;
  readonly finds: string[];
  readonly touched: ReadonlyMap<string, Date>[];
  revision: number;
  readonly changes: { readonly revision: number; readonly kind: OwnerKind | "group"; readonly id: string }[];
  much: boolean;
  /** Answers wait for it. */
  hold?: Promise<void> | undefined;
}

/** A store that counts what it is asked, can be away, and can be made to wait. */
export function fakeStore() {
  const found = new Map<string, KeyBelongings>();
  const state: FakeState = { away: false, finds: [], touched: [], revision: 1, changes: [], much: false };
  const answer = async <T>(value: () => T): Promise<T> => {
    if (state.away) throw new StoreError("unavailable", "The database cannot be used.");
    const result = value();
    await state.hold;
    return result;
  };
  const changedSince = (since: number): AccountChanges => {
    const later = state.changes.filter(({ revision }) => revision > since);
    const ids = (kind: OwnerKind | "group") =>
      new Set(later.filter((change) => change.kind === kind).map(({ id }) => id));
    const changed = { key: ids("key"), team: ids("team"), org: ids("org"), group: ids("group") };
    return { revision: state.revision, changed: state.much ? "much" : changed };
  };
  return {
    state,
    put: (key: StoredKey, more: Partial<KeyBelongings> = {}) => {
      const belongings = { key, credentials: [], ...more };
      found.set(key.digest, belongings);
      if (key.previous !== undefined) found.set(key.previous.digest, belongings);
    },
    remove: (name: string) => found.delete(digest(name)),
    /** As another replica would: nothing is told to the directory. */
    change: (kind: OwnerKind | "group", id: string) => {
      state.revision += 1;
      state.changes.push({ revision: state.revision, kind, id });
    },
    store: {
      revision: () => answer(() => state.revision),
      changedSince: (since: number) => answer(() => changedSince(since)),
      keys: {
        find: (asked: string) =>
          answer(() => {
            state.finds.push(asked);
            return found.get(asked);
          }),
        touch: (uses: ReadonlyMap<string, Date>) => answer(() => void state.touched.push(uses)),
      },
    },
  };
}
