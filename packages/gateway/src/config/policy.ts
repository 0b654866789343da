import { BlockList, isIP } from "node:net";
import { z } from "zod";
import { type AccessPolicy, budgetScopes, budgetWindows, type RateWindow, rateWindows } from "./access.ts";
import { dollarsToNano, LARGEST_DOLLARS } from "./money.ts";
import { surfaceDialects } from "./quirks.ts";

const names = z.array(z.string().min(1).max(300)).max(1_000);
/** `1d` is how ToRouter writes a day. */
const rateWindow = z.union([z.enum(rateWindows), z.literal("1d").transform((): RateWindow => "day")]);
/** Ranges of addresses. */
export const cidrs = z
  .array(z.string().refine(isCidr, "not an address or a CIDR range, such as 10.0.0.0/8"))
  .max(1_000);

const rateLimit = z.strictObject({
  unit: z.enum(["requests", "tokens"]),
  per: rateWindow,
  limit: z.int().min(1).max(1_000_000_000_000),
});

const budget = z
  .strictObject({
    per: z.enum(budgetScopes).default("key"),
    window: z.enum(budgetWindows),
    /** US dollars. */
    limit: z.number().min(0).max(LARGEST_DOLLARS),
    softPercent: z.number().min(1).max(100).default(80),
  })
  .transform(({ limit, ...rest }) => ({ ...rest, limitNano: dollarsToNano(limit) }));

const privacy = z.strictObject({
  retainBodiesHours: z.number().positive().max(87_600).exactOptional(),
  blockedProviders: names.exactOptional(),
  regions: names.min(1).exactOptional(),
  zeroRetention: z.boolean().exactOptional(),
});

/** An AccessPolicy as a person writes it, in the configuration and in the API: money in US dollars. */
export const policySchema = z.strictObject({
  models: names.exactOptional(),
  routers: names.exactOptional(),
  providers: names.exactOptional(),
  surfaces: z.array(z.enum(surfaceDialects)).exactOptional(),
  allowCidrs: cidrs.exactOptional(),
  denyCidrs: cidrs.exactOptional(),
  limits: z.array(rateLimit).max(20).exactOptional(),
  concurrency: z.int().min(1).max(1_000_000).exactOptional(),
  budgets: z.array(budget).max(20).exactOptional(),
  privacy: privacy.exactOptional(),
});

export type WrittenPolicy = z.output<typeof policySchema>;

/** Only what is of the policy: the rest of a document that it stands in is left. */
export function policyOf(written: WrittenPolicy): AccessPolicy {
  const { models, routers, providers, surfaces, allowCidrs, denyCidrs } = written;
  const { limits, concurrency, budgets, privacy: kept } = written;
  return {
    ...(models === undefined ? {} : { models }),
    ...(routers === undefined ? {} : { routers }),
    ...(providers === undefined ? {} : { providers }),
    ...(surfaces === undefined ? {} : { surfaces }),
    ...(allowCidrs === undefined ? {} : { allowCidrs }),
    ...(denyCidrs === undefined ? {} : { denyCidrs }),
    ...(limits === undefined ? {} : { limits }),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(budgets === undefined ? {} : { budgets }),
    ...(kept === undefined ? {} : { privacy: kept }),
  };
}

function isCidr(text: string): boolean {
  const [address = "", bits, ...rest] = text.split("/");
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  if (bits === undefined) return true;
  if (!/^\d{1,3}$/.test(bits) || Number(bits) > (family === 4 ? 32 : 128)) return false;
  new BlockList().addSubnet(address, Number(bits), family === 4 ? "ipv4" : "ipv6");
  return true;
}
