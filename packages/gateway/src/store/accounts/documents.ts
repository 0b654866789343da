import { isObject, type JsonObject, parseJson } from "@signalbox/protocol";
import { z } from "zod";
import {
  type AccessPolicy,
  budgetScopes,
  budgetWindows,
  type GroupChannel,
  type Role,
  rateWindows,
  roles,
} from "../../config/access.ts";
import type { CachePolicy } from "../../config/features.ts";
import { cachePolicySchema } from "../../config/features-schema.ts";
import { surfaceDialects } from "../../config/quirks.ts";
import type { MetadataMode } from "../../config/settings.ts";
import { StoreError } from "../errors.ts";

const names = z.array(z.string());
const amount = z.int().min(0);

/** An AccessPolicy as it is kept. Strict: a policy that is only half understood would allow what it was made to forbid. */
const policySchema = z.strictObject({
  models: names.exactOptional(),
  routers: names.exactOptional(),
  providers: names.exactOptional(),
  surfaces: z.array(z.enum(surfaceDialects)).exactOptional(),
  allowCidrs: names.exactOptional(),
  denyCidrs: names.exactOptional(),
  limits: z
    .array(z.strictObject({ unit: z.enum(["requests", "tokens"]), per: z.enum(rateWindows), limit: amount }))
    .exactOptional(),
  concurrency: amount.exactOptional(),
  budgets: z
    .array(
      z.strictObject({
        per: z.enum(budgetScopes),
        window: z.enum(budgetWindows),
        limitNano: amount,
        softPercent: z.number(),
      }),
    )
    .exactOptional(),
  privacy: z
    .strictObject({
      retainBodiesHours: z.number().exactOptional(),
      blockedProviders: names.exactOptional(),
      regions: names.exactOptional(),
      zeroRetention: z.boolean().exactOptional(),
    })
    .exactOptional(),
});

const channelsSchema = z.array(
  z.strictObject({ provider: z.string(), credential: z.string(), priority: z.number(), weight: z.number() }),
);

const roleSchema = z.enum(roles);
const metadataModeSchema = z.enum(["body", "headers", "off"]);

/** `subject` names the row in messages: `keys/4f…`. Every reader throws StoreError `corrupt`. */
export function readPolicy(subject: string, text: string): AccessPolicy {
  return read(subject, "policy", policySchema.safeParse(parsed(text)));
}

export function readChannels(subject: string, text: string): readonly GroupChannel[] {
  return read(subject, "channels", channelsSchema.safeParse(parsed(text)));
}

export function readModels(subject: string, text: string): readonly string[] {
  return read(subject, "models", names.safeParse(parsed(text)));
}

export function readRole(subject: string, text: string): Role {
  return read(subject, "role", roleSchema.safeParse(text));
}

export function readMetadataMode(subject: string, text: string): MetadataMode {
  return read(subject, "metadata mode", metadataModeSchema.safeParse(text));
}

export function readCachePolicy(subject: string, text: string): CachePolicy {
  return read(subject, "cache", cachePolicySchema.safeParse(parsed(text)));
}

/** Digits of long integers are kept. */
export function readObject(subject: string, text: string): JsonObject {
  const value = parsed(text);
  if (isObject(value)) return value;
  throw damaged(subject, "JSON object");
}

function read<T>(subject: string, what: string, result: z.ZodSafeParseResult<T>): T {
  if (result.success) return result.data;
  throw damaged(subject, what);
}

function parsed(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

export function damaged(subject: string, what: string): StoreError {
  return new StoreError("corrupt", `What is stored of ${subject} was damaged: its ${what} cannot be read.`);
}
