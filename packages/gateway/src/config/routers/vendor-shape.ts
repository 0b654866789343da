import { type Codec, filled, flag, list, text } from "./codec.ts";
import type { RouterDraft } from "./draft.ts";
import { cache, guardrails, promptCache, promptCompression, switched } from "./features.ts";
import { conditionalRoute, defaults, plainRoute, routerName, timeouts } from "./parts.ts";
import { optional, record } from "./record.ts";
import { provider } from "./selection.ts";

/** What answers have beside the router itself. */
export const answerFields = ["createTime", "updateTime", "etag", "readOnly", "@type"];

/**
 * The vendor's shape: `routes`, `defaultRoute` and `defaults`, and as extras what only Signalbox or the OpenAPI document's
 * shape has, so that it can say everything that a router holds.
 * https://docs.inworld.ai/api-reference/routerAPI/routerservice/create-router
 */
export const vendorShape: Codec<RouterDraft> = record<RouterDraft>(
  {
    name: optional("name", routerName("routers/")),
    displayName: optional("display_name", text),
    description: optional("description", text),
    defaults: optional("defaults", defaults),
    routes: optional("routes", list(conditionalRoute)),
    defaultRoute: optional("default_route", plainRoute),
    provider: optional("provider", provider),
    cache: optional("cache", cache),
    promptCache: optional("prompt_cache", promptCache),
    promptCompression: optional("prompt_compression", promptCompression),
    webSearch: optional("web_search", switched),
    guardrails: optional("guardrails", guardrails),
    baseline: optional("baseline", filled),
    timeouts: optional("timeouts", timeouts),
    continuation: optional("continuation", flag),
    hedging: optional("hedging", flag),
  },
  { spelling: "camel", ignored: answerFields },
);
