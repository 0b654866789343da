import type { Selectable } from "kysely";
import type { AuditEntry, AuditStore } from "./accounts.ts";
import { type AccountContext, writeAudit } from "./context.ts";
import { readObject } from "./documents.ts";
import type { AuditLogTable } from "./tables.ts";

export function openAudit(context: AccountContext): AuditStore {
  const { db } = context.database;
  return {
    append: (entry, actor) =>
      context.guard(() => db.transaction().execute((trx) => writeAudit(trx, { entry, actor, now: context.now() }))),
    list: (page) => context.guard(() => listAudit(context, page)),
  };
}

const maxPageSize = 200;

async function listAudit(
  { database: { db } }: AccountContext,
  { limit, before }: { readonly limit: number; readonly before?: number },
): Promise<readonly AuditEntry[]> {
  const size = Math.min(maxPageSize, Math.max(1, Math.trunc(limit) || 1));
  let query = db.selectFrom("audit_log").selectAll().orderBy("id", "desc").limit(size);
  if (before !== undefined) query = query.where("id", "<", before);
  return (await query.execute()).map(toEntry);
}

function toEntry(row: Selectable<AuditLogTable>): AuditEntry {
  const { id, at, actor, actor_name, action, subject, request_id, detail } = row;
  return {
    id,
    at: new Date(at),
    actor,
    actorName: actor_name,
    action,
    subject,
    ...(request_id === null ? {} : { requestId: request_id }),
    detail: readObject(`audit/${id}`, detail),
  };
}
