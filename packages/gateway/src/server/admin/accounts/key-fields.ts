import { compact, type JsonObject } from "@signalbox/protocol";
import { z } from "zod";
import { type AccessPolicy, type Budget, type BudgetWindow, roles } from "../../../config/access.ts";
import { cachePolicySchema } from "../../../config/features-schema.ts";
import { dollarsToNano, LARGEST_DOLLARS } from "../../../config/money.ts";
import { policyOf, policySchema } from "../../../config/policy.ts";
import type { KeyDraft } from "../../../store/accounts/accounts.ts";
import { badRequest } from "../status.ts";
import { expectClearable, idField, jsonField, nameField, policyFields, timeField } from "./fields.ts";
import { readFields, takeNulls } from "./read-fields.ts";

const DAY_MS = 86_400_000;

/** OpenRouter's words for when a key's limit begins anew. https://openrouter.ai/docs/api-reference/api-keys/create-keys */
export const limitResets = { daily: "day", weekly: "week", monthly: "month" } as const;

const changeable = policySchema.extend({
  name: nameField.exactOptional(),
  org: idField.exactOptional(),
  team: idField.exactOptional(),
  group: idField.exactOptional(),
  role: z.enum(roles).exactOptional(),
  metadata: jsonField.exactOptional(),
  metadataMode: z.enum(["body", "headers", "off"]).exactOptional(),
  cache: cachePolicySchema.exactOptional(),
  disabled: z.boolean().exactOptional(),
  expiresAt: timeField.exactOptional(),
  expiresInDays: z.number().positive().max(36_500).exactOptional(),
  /** US dollars: a budget of the key. */
  limit: z.number().min(0).max(LARGEST_DOLLARS).exactOptional(),
  limitReset: z.enum(["daily", "weekly", "monthly"]).exactOptional(),
  /** The revision that the change is made for. */
  etag: z.string().max(100).exactOptional(),
});

type Written = z.output<typeof changeable>;

const clearable = [
  ...policyFields,
  "org",
  "team",
  "group",
  "role",
  "metadata",
  "metadataMode",
  "cache",
  "expiresAt",
  "limit",
  "limitReset",
];

/** What a body says of a key, as it is to be kept. */
export interface WrittenKey {
  /** All but the policy, which depends on the one before. */
  readonly draft: Partial<Omit<KeyDraft, "policy">>;
  /** The policy after the change; undefined where nothing is said of it. */
  readonly policy: ((before: AccessPolicy) => AccessPolicy) | undefined;
  readonly etag: string | undefined;
}

/** Throws 400. Fields that are unknown, or not to be chosen (`id`, `digest`, `created_at`), are too. */
export function readKey(body: JsonObject, now: Date): WrittenKey {
  const { rest, cleared } = takeNulls(body);
  const written = readFields(changeable, rest);
  expectClearable(cleared, clearable);
  expectOneOf(written, "expiresAt", "expiresInDays");
  expectOneOf(written, "limit", "budgets");
  const { name, disabled, metadata } = written;
  return {
    etag: written.etag,
    policy: policyChange(written, cleared),
    draft: {
      ...(name === undefined ? {} : { name }),
      ...(disabled === undefined ? {} : { disabled }),
      ...(metadata === undefined ? {} : { metadata }),
      ...(cleared.has("metadata") ? { metadata: {} } : {}),
      ...chosenBelongings(written, cleared),
      ...expiry(written, cleared, now),
    },
  };
}

function expectOneOf(written: Written, one: keyof Written, other: keyof Written): void {
  if (written[one] === undefined || written[other] === undefined) return;
  throw badRequest([{ path: [toSnake(other)], message: `says the same as ${toSnake(one)}: write one of them` }]);
}

const toSnake = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function chosenBelongings(written: Written, cleared: ReadonlySet<string>): Partial<KeyDraft> {
  const { org, team, group, role, metadataMode, cache } = written;
  const names = ["org", "team", "group", "role", "metadataMode", "cache"] as const;
  return {
    ...compact({ org, team, group, role, metadataMode, cache }),
    ...Object.fromEntries(names.filter((name) => cleared.has(name)).map((name) => [name, null])),
  };
}

function expiry({ expiresAt, expiresInDays }: Written, cleared: ReadonlySet<string>, now: Date): Partial<KeyDraft> {
  if (cleared.has("expiresAt")) return { expiresAt: null };
  if (expiresAt !== undefined) return { expiresAt };
  return expiresInDays === undefined ? {} : { expiresAt: new Date(now.getTime() + expiresInDays * DAY_MS) };
}

function policyChange(written: Written, cleared: ReadonlySet<string>): WrittenKey["policy"] {
  const said = policyOf(written);
  const gone = policyFields.filter((field) => cleared.has(field));
  const limit = limitChange(written, cleared);
  if (limit === undefined && gone.length === 0 && Object.keys(said).length === 0) return undefined;
  return (before) => {
    const kept = Object.fromEntries(Object.entries(before).filter(([field]) => !gone.includes(field)));
    const policy: AccessPolicy = { ...kept, ...said };
    return limit === undefined ? policy : withBudgets(policy, limit(policy.budgets ?? []));
  };
}

function withBudgets({ budgets: _, ...policy }: AccessPolicy, budgets: readonly Budget[]): AccessPolicy {
  return budgets.length === 0 ? policy : { ...policy, budgets };
}

/** `limit` is the first budget of the key itself: the change replaces that one and leaves the others. */
function limitChange({ limit, limitReset }: Written, cleared: ReadonlySet<string>) {
  if (limit === undefined && limitReset === undefined && !cleared.has("limit") && !cleared.has("limitReset")) {
    return undefined;
  }
  return (before: readonly Budget[]): readonly Budget[] => {
    const present = limitOf(before);
    const others = before.filter((budget) => budget !== present);
    if (cleared.has("limit")) return others;
    const limitNano = limit === undefined ? present?.limitNano : dollarsToNano(limit);
    if (limitNano === undefined) throw badRequest([{ path: ["limit_reset"], message: "there is no limit to reset" }]);
    const window = cleared.has("limitReset") ? "total" : windowOf(limitReset, present);
    return [{ softPercent: 80, ...present, per: "key", window, limitNano }, ...others];
  };
}

function windowOf(reset: keyof typeof limitResets | undefined, present: Budget | undefined): BudgetWindow {
  return reset === undefined ? (present?.window ?? "total") : limitResets[reset];
}

/** The budget that is shown as `limit`. */
export function limitOf(budgets: readonly Budget[] | undefined): Budget | undefined {
  return budgets?.find(({ per }) => per === "key");
}

const rotation = z.strictObject({
  /** How long the secret before works on. */
  overlapHours: z.number().min(0).max(720).default(24),
});

export function readRotation(body: JsonObject): z.output<typeof rotation> {
  return readFields(rotation, body);
}
