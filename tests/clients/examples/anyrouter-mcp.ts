import { expect } from "vitest";
import { bearer, type Example, from, json } from "./example.ts";
import { LIMITED_KEY } from "./vendors.ts";

const mcp = from("https://anyrouter.dev/docs/mcp");

const path = "/api/v1/mcp";
const call = (name: string, input: object): string =>
  JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name, arguments: input } });

const done = (structuredContent: object) => ({
  jsonrpc: "2.0",
  id: 1,
  result: { content: [{ type: "text", text: expect.any(String) }], structuredContent },
});

/** AnyRouter's tools but `list_presets`, whose counterpart is `list_routers`, and `list_conversations`, which has none. */
export const anyrouterMcp: readonly Example[] = [
  mcp("the tools", {
    path,
    headers: bearer,
    body: `{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}`,
    expects: {
      body: {
        result: {
          tools: expect.arrayContaining(
            ["list_models", "get_credits", "list_keys", "create_key", "revoke_key"].map((name) =>
              expect.objectContaining({ name, inputSchema: expect.objectContaining({ type: "object" }) }),
            ),
          ),
        },
      },
      upstream: [],
    },
  }),
  mcp("list_models by provider and window", {
    path,
    headers: bearer,
    body: call("list_models", { provider: "anthropic", min_context: 200_000, limit: 5 }),
    expects: {
      body: done({ data: expect.arrayContaining([expect.objectContaining({ owned_by: "anthropic" })]) }),
      upstream: [],
    },
  }),
  mcp("get_credits", {
    path,
    headers: bearer,
    body: call("get_credits", {}),
    expects: { body: done({ data: { total_usage: expect.any(Number) } }) },
  }),
  mcp("create_key", {
    path,
    headers: bearer,
    body: call("create_key", { name: "made-over-mcp", rate_limit: 60 }),
    keeps: { mcpHash: ["result", "structuredContent", "data", "hash"] },
    expects: { body: done({ key: expect.stringMatching(/^sb_/), data: { name: "made-over-mcp" } }) },
  }),
  mcp("list_keys", {
    path,
    headers: bearer,
    body: call("list_keys", {}),
    expects: { body: done({ data: expect.arrayContaining([expect.objectContaining({ name: "made-over-mcp" })]) }) },
  }),
  mcp("revoke_key", {
    path,
    headers: bearer,
    body: call("revoke_key", { key_id: "{mcpHash}" }),
    expects: { body: done({ data: { name: "made-over-mcp", disabled: true } }) },
  }),
  // Theirs answers a JSON-RPC error, which agents cannot read.
  mcp("a tool that cannot do what it is asked", {
    path,
    headers: bearer,
    body: call("revoke_key", { key_id: "0".repeat(64) }),
    expects: { body: { result: { isError: true } } },
  }),
  // Theirs lets such a key list models.
  mcp("a key that may not manage", {
    path,
    headers: { ...json, authorization: `Bearer ${LIMITED_KEY}` },
    body: call("list_models", {}),
    expects: { status: 403, body: { error: { message: expect.stringContaining("role") } } },
  }),
];
