import { emptyDirectory, type KeyDirectory, openKeyDirectory } from "../access/key-directory.ts";
import type { SnapshotHolder } from "../catalogue/snapshot-holder.ts";
import type { Logger } from "../observe/log.ts";
import type { AccountStore } from "../store/accounts/accounts.ts";

/** How late a key may be noticed that was revoked through another replica. */
const REFRESH_MS = 1000;

/** The directory of the stored keys, which looks for changes of its own accord until it is closed. */
export function openStoredKeys(
  accounts: AccountStore | undefined,
  { snapshots, log }: { readonly snapshots: SnapshotHolder; readonly log: Logger },
): KeyDirectory {
  if (accounts === undefined) return emptyDirectory();
  const keysMinutes = () => snapshots.current().outage.keysMinutes;
  const directory = openKeyDirectory({ store: accounts, keysMinutes, log });
  void directory.refresh();
  const timer = setInterval(() => void directory.refresh(), REFRESH_MS);
  timer.unref();
  return {
    ...directory,
    close: async () => {
      clearInterval(timer);
      await directory.close();
    },
  };
}
