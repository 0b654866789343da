import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Simulator, startSimulator } from "../../index.ts";
import { at, post } from "../../testing/client.ts";

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator();
});
afterAll(() => simulator.close());

const PLACES = {
  bedrock: { path: "/model/anthropic.claude-sim/invoke", version: "bedrock-2023-05-31", message: ["message"] },
  vertex: {
    path: "/v1/projects/p/locations/l/publishers/anthropic/models/claude-sim:rawPredict",
    version: "vertex-2023-10-16",
    message: ["error", "message"],
  },
} as const;
type Host = keyof typeof PLACES;

const send = (host: Host, more: object, headers: Record<string, string> = {}) => {
  const { path, version } = PLACES[host];
  const messages = [{ role: "user", content: "[[say Hi.]]" }];
  const body = { anthropic_version: version, max_tokens: 99, messages, ...more };
  return post({ url: simulator.url + path, body, headers: { authorization: "Bearer a-token", ...headers } });
};

const tool = (field: string) => [{ name: "t", input_schema: { type: "object" }, [field]: true }];

describe.each(["bedrock", "vertex"] as const)("Claude at %s", (host) => {
  it("answers as Anthropic does", async () => {
    const reply = await send(host, {});
    expect(reply.status, reply.text).toBe(200);
    expect(at(reply.json, "content", 0, "text")).toBe("Hi.");
  });

  it.each([
    [{ anthropic_version: undefined }, "anthropic_version: Field required"],
    [{ model: "claude-sim" }, "model: Extra inputs are not permitted"],
    [{ speed: "fast" }, "speed: Extra inputs are not permitted"],
    [{ context_management: { edits: [] } }, "context_management: Extra inputs are not permitted"],
    [{ tools: tool("defer_loading") }, "tools.0.custom.defer_loading: Extra inputs are not permitted"],
  ])("refuses %j", async (more, words) => {
    const reply = await send(host, more);
    expect(reply.status).toBe(400);
    expect(at(reply.json, ...PLACES[host].message)).toBe(words);
  });
});

it("Bedrock does not say which beta it does not know", async () => {
  const reply = await send("bedrock", { anthropic_beta: ["context-1m-2025-08-07", "fast-mode-2026-02-01"] });
  expect(reply.status).toBe(400);
  expect(reply.json).toEqual({ message: "invalid beta flag" });
});

it("Vertex says which beta it does not know", async () => {
  const reply = await send("vertex", {}, { "anthropic-beta": "context-1m-2025-08-07,fast-mode-2026-02-01" });
  expect(reply.status).toBe(400);
  expect(at(reply.json, "error", "message")).toContain("`fast-mode-2026-02-01`");
  expect(at(reply.json, "error", "message")).not.toContain("context-1m");
});
