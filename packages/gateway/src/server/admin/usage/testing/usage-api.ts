import type { ClientKey } from "../../../../config/settings.ts";
import type { LedgerEntry } from "../../../../store/ledger/ledger-rows.ts";
import { openStore, type StoreOptions } from "../../../../store/open.ts";
import { openaiErrorBody } from "../../openai-error.ts";
import { type ApiServer, OWNER_SECRET, serveApi } from "../../testing/api-server.ts";
import { usageRoutes } from "../usage-routes.ts";
import { NOW } from "./ledger.ts";

export interface UsageApi {
  readonly url: string;
  readonly call: ApiServer["call"];
  readonly csv: (
    query: string,
    secret?: string,
  ) => Promise<{ readonly status: number; readonly headers: Headers; readonly text: string }>;
  /** In the ledger, and in the database only after its next flush. */
  readonly pend: (entry: LedgerEntry) => void;
  readonly write: (entries: readonly LedgerEntry[]) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Where a store of its own may be opened. */
interface Places {
  makePlace(): Promise<{ readonly options: StoreOptions; remove(): Promise<void> }>;
}

export interface UsageApiSetup {
  readonly entries: readonly LedgerEntry[];
  /** By the secret that they send. */
  readonly callers?: Readonly<Record<string, Partial<ClientKey>>>;
}

export const as = (secret: string) => ({ authorization: `Bearer ${secret}` });

/** The usage API at noon, over a ledger of its own. */
export async function serveUsage(
  stores: Places | undefined,
  { entries, callers = {} }: UsageApiSetup,
): Promise<UsageApi> {
  const place = await stores?.makePlace();
  if (place === undefined) throw new Error("there is no store");
  const store = await openStore(place.options);
  const write = (some: readonly LedgerEntry[]) => store.ledger.write(some, "test");
  const pending: LedgerEntry[] = [];
  await write(entries);
  const routes = usageRoutes({ usage: store.usage, flush: () => write(pending.splice(0)), now: () => NOW });
  const api = await serveApi({ routes, errorBody: openaiErrorBody, callers });
  return {
    url: api.url,
    call: api.call,
    csv: async (query, secret = OWNER_SECRET) => {
      const response = await fetch(`${api.url}/v1/usage.csv${query}`, { headers: as(secret) });
      return { status: response.status, headers: response.headers, text: await response.text() };
    },
    pend: (entry) => void pending.push(entry),
    write,
    close: async () => {
      await api.close();
      await store.close();
      await place.remove();
    },
  };
}
