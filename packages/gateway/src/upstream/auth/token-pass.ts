import type { TokenAccount } from "../../config/cloud-account.ts";
import type { Credential } from "../../providers/resolved.ts";
import { readBody } from "../read-body.ts";
import type { KnownAccount } from "./account.ts";
import { mintToken } from "./mint.ts";
import { noteMinted } from "./minted.ts";
import type { Pass } from "./pass.ts";
import type { Lease, TokenCache } from "./token-cache.ts";
import type { TokenTrip } from "./token-request.ts";

const DISCARDED_LIMIT = 1024 * 1024;

/** By a bearer token that the account is exchanged for. One that the upstream does not know any more is exchanged once again. */
export function tokenPass(
  {
    credential,
    known,
    account,
  }: {
    readonly credential: Credential;
    readonly known: KnownAccount;
    readonly account: TokenAccount;
  },
  { cache, trip }: { readonly cache: TokenCache<string>; readonly trip: TokenTrip },
): Pass {
  let used: Lease<string> | undefined;
  const id = trip.brought ? `brought:${known.id}` : known.id;
  return {
    async authorize({ headers }) {
      used = await cache.get(id, () => mintToken(account, trip));
      noteMinted(credential, [used.value]);
      headers["authorization"] = `Bearer ${used.value}`;
      if (account.kind === "google-user" && account.quotaProject !== undefined)
        headers["x-goog-user-project"] ??= account.quotaProject;
    },
    async reconsider(answer, isLast) {
      if (answer.status !== 401 || used === undefined) return answer;
      cache.drop(id, used);
      if (isLast) return answer;
      await readBody(answer.body, DISCARDED_LIMIT);
      return "again";
    },
  };
}
