import type { UsageStore } from "../../../store/usage/usage-store.ts";
import type { AdminAnswer, AdminHandler } from "../answer.ts";
import type { ApiRoute } from "../api.ts";
import { creditsOf } from "./credits.ts";
import { usageScopeOf } from "./scope.ts";
import {
  answerActivity,
  answerCsv,
  answerGeneration,
  answerRequest,
  answerRequests,
  answerUsage,
  type UsageCall,
} from "./usage-answers.ts";

export interface UsageApiOptions {
  readonly usage: UsageStore;
  /** Brings into the database what was said to the ledger so far. */
  readonly flush: () => Promise<unknown>;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

const DAY_MS = 86_400_000;

/** What was used and what it cost. Every row is open to every key: whose requests it sees is its scope. */
export function usageRoutes({ usage, flush, now = Date.now }: UsageApiOptions): readonly ApiRoute[] {
  // Who asks right after an answer finds it.
  const flushed =
    (answer: (call: UsageCall) => Promise<AdminAnswer>): AdminHandler =>
    async ({ id, query, key }) => {
      await flush();
      return answer({ id, query, key, usage, scope: usageScopeOf(key), now: now() });
    };
  const get = (path: string, answer: (call: UsageCall) => Promise<AdminAnswer>): ApiRoute => ({
    method: "GET",
    path,
    permission: "self:read",
    handler: flushed(answer),
  });
  return [
    get("/v1/usage", answerUsage),
    get("/v1/usage.csv", answerCsv),
    get("/v1/usage/requests", answerRequests),
    get("/v1/usage/requests/:id", answerRequest),
    get("/v1/generation", (call) => answerGeneration({ ...call, id: call.query.get("id") ?? "" })),
    get("/v1/generation/:id", answerGeneration),
    get("/v1/credits", async (call) => ({
      status: 200,
      body: await creditsOf(call.key, usage, call.now + DAY_MS),
    })),
    get("/v1/activity", answerActivity),
  ];
}
