import { z } from "zod";
import { usageDimensions } from "../../../store/usage/usage-query.ts";
import { idField, type McpTool, tool } from "../tool.ts";

const values = z.array(z.string().max(500)).max(50).optional();

const selection = {
  from: z.string().max(40).optional().describe("A day (2026-11-21) or a time (2026-11-21T13:00:00Z); 30 days ago."),
  to: z.string().max(40).optional().describe("The end, which is not in it; tomorrow."),
  key_id: values,
  team_id: values,
  org_id: values,
  model: values,
  provider: values,
  router: values,
  session: values,
  state: values.describe("settled, failed, cancelled, unknown or admitted."),
};

/** What was used and what it cost, as far as the key's scope reaches. */
export const usageTools: readonly McpTool[] = [
  tool({
    name: "get_credits",
    title: "Get credits",
    description: "What is left of the budgets of this key, its team and its organisation, and what it has spent.",
    route: "GET /v1/credits",
    input: z.strictObject({}),
    ask: () => ({}),
  }),
  tool({
    name: "get_usage",
    title: "Get usage",
    description:
      "Requests, tokens, cost, and what cache, compression and routing saved in a time, in all and by day, hour, model, provider, key, team and more.",
    route: "GET /v1/usage",
    input: z.strictObject({
      ...selection,
      group_by: z
        .array(z.string().max(40))
        .max(10)
        .optional()
        .describe(`Any of: ${usageDimensions.join(", ")}.`),
      limit: z.int().min(1).max(10_000).optional().describe("The most groups."),
    }),
    ask: (query) => ({ query }),
  }),
  tool({
    name: "list_requests",
    title: "List requests",
    description: "Single requests of a time, the newest first, page by page, with what each of them cost and saved.",
    route: "GET /v1/usage/requests",
    input: z.strictObject({
      ...selection,
      limit: z.int().min(1).max(200).optional(),
      cursor: z.string().max(500).optional().describe("The 'next_cursor' of the page before."),
    }),
    ask: (query) => ({ query }),
  }),
  tool({
    name: "get_generation",
    title: "Get a generation",
    description:
      "One request by its generation id, or its request id (req_…): model, tokens, cost, savings and latency.",
    route: "GET /v1/generation/:id",
    input: z.strictObject({ id: idField }),
    ask: ({ id }) => ({ id }),
  }),
];
