import { type ExpressionBuilder, type RawBuilder, sql } from "kysely";
import type { Database, Schema } from "../schema.ts";
import { DAY_MS, dayOf } from "./days.ts";
import type { SpendOwner } from "./ledger-rows.ts";

const sumOfCosts: RawBuilder<string> = sql<string>`cast(coalesce(sum(cost_nano), 0) as text)`;

/** Nano-dollars; more than a budget can hold counts as the largest exact number. */
export async function spentNano(db: Database["db"], owner: SpendOwner, since: number): Promise<number> {
  if (owner.kind === "session" || owner.kind === "agent") return toNumber(await ofConversation(db, owner, since));
  const column = `${owner.kind}_id` as const;
  const from = Math.max(0, since);
  const beginsDay = from % DAY_MS === 0;
  const days = await db
    .selectFrom("daily_usage")
    .select(sumOfCosts.as("cost"))
    .where(column, "=", owner.id)
    .where("day", beginsDay ? ">=" : ">", dayOf(from))
    .executeTakeFirstOrThrow();
  if (beginsDay) return toNumber(BigInt(days.cost));
  const rest = await db
    .selectFrom("requests")
    .select(sumOfCosts.as("cost"))
    .where(column, "=", owner.id)
    .where("day", "=", dayOf(from))
    .where("at", ">=", from)
    .executeTakeFirstOrThrow();
  return toNumber(BigInt(days.cost) + BigInt(rest.cost));
}

/** Daily totals do not know of conversations: their rows do. */
async function ofConversation(db: Database["db"], owner: SpendOwner, since: number): Promise<bigint> {
  const { id, session, agent } = owner;
  if (owner.kind === "session" ? session === undefined : agent === undefined) return 0n;
  const same = (row: ExpressionBuilder<Schema, "requests">) => {
    const conditions = [row("key_id", "=", id), row("at", ">=", since)];
    if (session !== undefined) conditions.push(row("session", "=", session));
    if (owner.kind === "agent" && agent !== undefined) conditions.push(row("agent", "=", agent));
    return row.and(conditions);
  };
  const { cost } = await db.selectFrom("requests").select(sumOfCosts.as("cost")).where(same).executeTakeFirstOrThrow();
  return BigInt(cost);
}

function toNumber(sum: bigint): number {
  return sum < BigInt(Number.MAX_SAFE_INTEGER) ? Number(sum) : Number.MAX_SAFE_INTEGER;
}
