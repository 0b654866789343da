import { compact, type JsonObject } from "@signalbox/protocol";
import type { AuditEntry, AuditStore } from "../../../store/accounts/accounts.ts";
import type { ApiRoute } from "../api.ts";
import { readPaging, wholeNumber } from "./paging.ts";

/** Every change of keys, of whom they belong to and of routers, newest first; `before` is the last id of the page before. */
export function auditRoutes({ audit }: { readonly audit: AuditStore }): readonly ApiRoute[] {
  return [
    {
      method: "GET",
      path: "/v1/audit",
      permission: "audit:read",
      handler: async ({ query }) => {
        const { limit } = readPaging(query);
        const before = wholeNumber(query, "before");
        const found = await audit.list({ limit: limit + 1, ...compact({ before }) });
        const page = found.slice(0, limit);
        const more = found.length > limit;
        return { status: 200, body: { data: page.map(shownEntry), has_more: more, last_id: page.at(-1)?.id ?? null } };
      },
    },
  ];
}

function shownEntry({ id, at, actor, actorName, action, subject, requestId, detail }: AuditEntry): JsonObject {
  return compact({
    id,
    at: at.toISOString(),
    actor,
    actor_name: actorName,
    action,
    subject,
    request_id: requestId,
    detail,
  });
}
