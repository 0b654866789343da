import { isCacheId, type ResponseCache } from "../../../features/response-cache/response-cache.ts";
import { tenantOf } from "../../../pipeline/features/answer-cache-scope.ts";
import type { SimilarAnswers } from "../../../pipeline/features/similar-answers.ts";
import { mayCall } from "../../permissions.ts";
import type { AdminCall } from "../answer.ts";
import type { ApiRoute } from "../api.ts";
import { badRequest, notFound } from "../status.ts";

/** What is kept of answers: how much, and how to be rid of it. */
export function cacheRoutes(
  cache: ResponseCache,
  similar: Pick<SimilarAnswers<unknown>, "stats"> | undefined,
): readonly ApiRoute[] {
  return [
    {
      method: "GET",
      path: "/v1/cache",
      permission: "cache:read",
      handler: async ({ query }) => {
        const tenant = tenantIn(query);
        return { status: 200, body: { ...shownCache(cache), semantic: await shownSemantic(similar, tenant) } };
      },
    },
    {
      method: "DELETE",
      path: "/v1/cache",
      permission: "cache:write",
      handler: async ({ query }) => {
        const router = routerIn(query);
        await cache.purge(router);
        return { status: 200, body: { object: "cache.purged", router: router ?? null } };
      },
    },
    {
      method: "DELETE",
      path: "/v1/cache/:id",
      // A key's own entries are its own to delete; everybody's only the installation's.
      permission: "inference",
      handler: async (call) => {
        if (!(await dropped(cache, call))) throw notFound(`There is no cached answer '${call.id.slice(0, 100)}'.`);
        return { status: 200, body: { object: "cache.entry", id: call.id, deleted: true } };
      },
    },
  ];
}

function shownCache(cache: ResponseCache) {
  const { kind, counts, flights } = cache;
  const size = cache.size();
  return {
    object: "cache",
    store: kind,
    entries: size?.entries ?? null,
    bytes: size?.bytes ?? null,
    limit_bytes: size?.limitBytes ?? null,
    // Of this process, since it was started.
    hits: counts.hits,
    shared_hits: counts.shared,
    misses: counts.misses,
    bypasses: counts.bypasses,
    kept: counts.kept,
    waiting: flights.waiting(),
  };
}

async function shownSemantic(similar: Pick<SimilarAnswers<unknown>, "stats"> | undefined, tenant: string | undefined) {
  const stats = await similar?.stats(tenant);
  if (stats === undefined) return null;
  const { entries, bytes, lookups, hits, shadows, falseHitRate } = stats;
  const { samples, wrong, rate, low, high } = falseHitRate;
  return {
    entries,
    bytes: bytes ?? null,
    lookups,
    hits,
    shadows,
    // With the bounds of its 95 % interval.
    false_hit_rate: { tenant: tenant ?? null, samples, wrong, rate: rate ?? null, low, high },
  };
}

/** `org:acme` or `key:…`: whose answers they are. */
function tenantIn(query: URLSearchParams): string | undefined {
  const issues = [...query.keys()]
    .filter((name) => name !== "tenant")
    .map((name) => ({ path: [name], message: "is not known here; there is 'tenant'" }));
  const tenant = query.get("tenant") ?? undefined;
  if (tenant !== undefined && !/^(?:org|key):./.test(tenant)) {
    issues.push({ path: ["tenant"], message: "must be org:… or key:…" });
  }
  if (issues.length > 0) throw badRequest(issues);
  return tenant;
}

/** `routers/support` is what clients call it. A word that is misspelt must not purge everything. */
function routerIn(query: URLSearchParams): string | undefined {
  const unknown = [...query.keys()].filter((name) => name !== "router");
  const issues = unknown.map((name) => ({ path: [name], message: "is not known here; there is 'router'" }));
  const router = query.get("router")?.replace(/^(?:routers|inworld)\//, "");
  if (router === "") issues.push({ path: ["router"], message: "must not be empty" });
  if (issues.length > 0) throw badRequest(issues);
  return router;
}

/** False: there is none, or it is somebody else's, which is the same to whoever asks. */
async function dropped(cache: ResponseCache, { id, key }: AdminCall): Promise<boolean> {
  if (!isCacheId(id)) return false;
  if (!mayCall(key, "cache:write") && (await cache.tenantOf(id)) !== tenantOf(key)) return false;
  return cache.drop(id);
}
