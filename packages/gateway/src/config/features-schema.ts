import { z } from "zod";
import {
  cacheMatches,
  compressionEngines,
  guardActions,
  LONGEST_TTL_SECONDS,
  piiKinds,
  searchEngines,
} from "./features.ts";

const notEmpty = z.string().min(1, "must not be empty");
const targetName = z.string().regex(/^[^/\s]+\/\S+$/, "write a model as provider/model");
const ttlSeconds = z.int().min(1).max(LONGEST_TTL_SECONDS);

const cachePolicy = {
  enabled: z.boolean().exactOptional(),
  ttlSeconds: ttlSeconds.exactOptional(),
  match: z.enum(cacheMatches).exactOptional(),
  toolCalls: z.boolean().exactOptional(),
};

export const cachePolicySchema = z.strictObject(cachePolicy);

export const cacheSchema = z.strictObject({
  ...cachePolicy,
  memoryBytes: z.int().min(65_536).max(68_719_476_736).exactOptional(),
  entryBytes: z.int().min(1_024).max(67_108_864).exactOptional(),
  semantic: z
    .strictObject({
      embeddings: targetName.exactOptional(),
      judge: targetName.exactOptional(),
      errorRate: z.number().gt(0).max(0.5).exactOptional(),
      shadowPercent: z.number().min(0).max(100).exactOptional(),
    })
    .exactOptional(),
});

export const promptCacheSchema = z.strictObject({
  enabled: z.boolean().exactOptional(),
  ttl: z.enum(["5m", "1h"]).exactOptional(),
});

export const compressionSchema = z.strictObject({
  engine: z.enum(compressionEngines).exactOptional(),
  model: notEmpty.exactOptional(),
  audit: z.boolean().exactOptional(),
});

const searchEngine = z.strictObject({
  baseUrl: z.url({ protocol: /^https?$/ }).exactOptional(),
  key: notEmpty.exactOptional(),
  /** US dollars. */
  pricePerThousand: z.number().min(0).max(1_000).exactOptional(),
});

export const webSearchSchema = z.strictObject({
  engine: z.enum(searchEngines).exactOptional(),
  engines: z.partialRecord(z.enum(searchEngines), searchEngine).exactOptional(),
  maxResults: z.int().min(1).max(20).exactOptional(),
  maxSteps: z.int().min(1).max(5).exactOptional(),
  timeoutMs: z.int().min(100).max(120_000).exactOptional(),
  resultBytes: z.int().min(1_024).max(1_048_576).exactOptional(),
});

export type WrittenWebSearch = z.output<typeof webSearchSchema>;

export const guardrailSchema = z.strictObject({
  moderation: z
    .strictObject({
      model: targetName,
      input: z.enum(guardActions).exactOptional(),
      output: z.enum(guardActions).exactOptional(),
      categories: z.array(notEmpty).min(1).exactOptional(),
      onFailure: z.enum(["allow", "block"]).exactOptional(),
    })
    .exactOptional(),
  pii: z
    .strictObject({
      action: z.enum(["off", "flag", "block", "redact"]),
      kinds: z.array(z.enum(piiKinds)).min(1).exactOptional(),
    })
    .exactOptional(),
});
