import { isObject, type JsonObject, parseJson } from "@signalbox/protocol";
import type { Transaction } from "kysely";
import { randomDigits } from "../../config/key-secret.ts";
import { type Attempted, change, isStorable, nextOf, storable } from "../change.ts";
import { StoreError } from "../errors.ts";
import type { Guard } from "../guard.ts";
import type { Database, Schema } from "../schema.ts";
import type { Sealer } from "../seal.ts";
import type { Actor, AuditEntry, Changed, ListPage } from "./accounts.ts";

export interface AccountContext {
  readonly database: Database;
  readonly guard: Guard;
  readonly now: () => Date;
  readonly sealer: Sealer;
}

export type Audited = Pick<AuditEntry, "action" | "subject" | "detail">;

/** One transaction, in which the counter `accounts` has just moved. */
export interface Change {
  readonly trx: Transaction<Schema>;
  readonly revision: number;
  readonly now: Date;
  /** Says in the audit log what was done: with the change, or not at all. */
  readonly audit: (entry: Audited) => Promise<void>;
}

export function changeAccounts<T>(
  context: AccountContext,
  actor: Actor,
  attempt: (change: Change) => Promise<Attempted<T>>,
): Promise<T> {
  return context.guard(() =>
    change(context.database, "accounts", (trx, revision) => {
      const now = context.now();
      return attempt({ trx, revision, now, audit: (entry) => writeAudit(trx, { entry, actor, now }) });
    }),
  );
}

/** Numbered by a counter and not by the database's own sequence, so that a reader who sees an entry sees all before it. */
export async function writeAudit(
  trx: Transaction<Schema>,
  { entry, actor, now }: { readonly entry: Audited; readonly actor: Actor; readonly now: Date },
): Promise<void> {
  const row = {
    id: await nextOf(trx, "audit"),
    at: +now,
    actor: storable(actor.id),
    actor_name: storable(actor.name),
    action: storable(entry.action),
    subject: storable(entry.subject),
    request_id: actor.requestId === undefined ? null : storable(actor.requestId),
    detail: JSON.stringify(entry.detail),
  };
  await trx.insertInto("audit_log").values(row).execute();
}

export function newId(prefix: "org" | "team" | "group" | "cred"): string {
  return `${prefix}_${randomDigits(16)}`;
}

const longestName = 200;

/** Throws StoreError `invalid` for what cannot be a name. */
export function checkName(name: string): string {
  if (name !== "" && name.length <= longestName && isStorable(name)) return name;
  throw invalid(`A name has 1 to ${longestName} characters, and no U+0000 or half of a surrogate pair among them.`);
}

export function invalid(message: string): StoreError {
  return new StoreError("invalid", message);
}

/** Why a row cannot be changed, if so: it is not there, or no longer at the revision that was asked for. */
export function obstacleTo(
  before: { readonly revision: number } | undefined,
  expected: number | undefined,
): Changed<never> | undefined {
  if (before === undefined) return { outcome: "not-found" };
  if (expected === undefined || expected === before.revision) return undefined;
  return { outcome: "conflict", revision: before.revision };
}

const maxPageSize = 200;

export function pageSize({ limit }: ListPage): number {
  return Math.min(maxPageSize, Math.max(1, Math.trunc(limit) || 1));
}

/** What was chosen, as the audit log tells it: times in words, and nothing that was not said. */
export function chosen(draft: object): JsonObject {
  const told = parseJson(JSON.stringify(draft));
  return isObject(told) ? told : {};
}
