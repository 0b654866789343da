import { afterEach, describe, expect, test } from "vitest";
import { speakers } from "./cloud-speakers.ts";
import { AWS_KEYS, CLOUD_WAYS, type CloudWay, clouds, deployments } from "./cloud-ways.ts";
import { withBody, withHeaders } from "./routing-support.ts";
import { ask, DIALECTS, type Rig, send, startRig, TERMINALS } from "./support.ts";

/** What clouds refuse, and who answers then. A gateway for each test: what was refused rests for a while. */

let rig: Rig | undefined;
afterEach(async () => {
  await rig?.close();
  rig = undefined;
});

async function startFor(way: Pick<CloudWay, "rig" | "model">, more: object = {}): Promise<Rig> {
  const moreProviders = way.rig === "clouds" ? clouds : deployments;
  rig = await startRig({
    moreProviders,
    models: { backed: { targets: [way.model, "chat/sim-model"] } },
    retries: { maxPerRequest: 1 },
    ...more,
  });
  return rig;
}

const CELLS = CLOUD_WAYS.flatMap((way) =>
  DIALECTS.flatMap((client) => [false, true].map((stream) => ({ way, client, stream, name: way.name }))),
);

const attempted = ({ model }: CloudWay, status: string) =>
  new RegExp(`^${model.split("/")[0]}/.*=${status},chat/sim-model=ok$`);

const backed = (on: Rig, client: (typeof DIALECTS)[number], stream: boolean) =>
  send(on.gateway.url, speakers[client].first("backed", { text: "[[say From the second.]]", stream }));

describe.each(CELLS)("$name for a client of $client, streamed: $stream", ({ way, client, stream }) => {
  test("too many requests are another's to answer", async () => {
    const on = await startFor(way);
    on.simulator.faults.push("status=429");
    const answer = await backed(on, client, stream);
    expect(answer.status, answer.text).toBe(200);
    expect(answer.headers["x-signalbox-attempted"]).toMatch(attempted(way, "429"));
    if (stream) expect(answer.text).toContain(TERMINALS[client]);
  });
});

describe.each(CLOUD_WAYS)("$name", (way) => {
  test.each([
    ["status=503", "503"],
    ["status=403", "403"],
    ["quota", "\\d+"],
    ["cut-after=0", "502"],
    ["error-after=0", "\\d+"],
  ])("%s before any content is another's to answer", async (fault, status) => {
    const on = await startFor(way);
    on.simulator.faults.push(fault);
    const answer = await backed(on, "anthropic-messages", true);
    expect(answer.headers["x-signalbox-attempted"]).toMatch(attempted(way, status));
    expect(answer.text).toContain("message_stop");
    expect(answer.text).not.toContain("event: error");
  });
});

describe("a signature", () => {
  const nova = { rig: "clouds", model: "bedrock/us.amazon.nova-lite-v1:0" } as const;
  const keyed = (credentials: object) => ({
    moreProviders: (url: string) => ({ bedrock: { ...clouds(url).bedrock, credentials: [credentials] } }),
  });

  test.each([
    "us.amazon.nova-lite-v1:0",
    "arn:aws:bedrock:us-east-1:1:application-inference-profile/abc",
    "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-haiku-4-5-20251001-v1:0",
  ])("of a request for %s is what AWS calculates", async (model) => {
    const on = await startFor(nova);
    const said = { text: "[[say Grüße]]", stream: false };
    const body = {
      anthropic_version: "bedrock-2023-05-31",
      max_tokens: 9,
      messages: [{ role: "user", content: "Grüße" }],
    };
    const calls = [
      ...DIALECTS.map((dialect) => ask(dialect, `bedrock/${model}`, said)),
      ask("gemini", encodeURIComponent(`bedrock/${model}`), said),
      { path: `/model/${encodeURIComponent(`bedrock/${model}`)}/invoke`, body },
    ];
    for (const call of calls) {
      const answer = await send(on.gateway.url, call);
      expect(answer.status, answer.text).toBe(200);
      expect(on.simulator.journal.last()?.url).toContain(`/model/${encodeURIComponent(model)}/`);
    }
  });

  test("by another secret is refused once, under AWS's name for it, and rests", async () => {
    const on = await startFor(nova, keyed({ ...AWS_KEYS, secretAccessKey: "another-secret-access-key" }));
    const alone = await send(on.gateway.url, ask("openai-chat", nova.model, { text: "hi", stream: false }));
    expect(alone.status).toBe(502);
    expect(alone.text).toMatch(/does not accept the gateway's credential \((InvalidSignature|SignatureDoesNotMatch)/);
    expect(on.simulator.journal.length).toBe(1);
    const answer = await send(on.gateway.url, ask("openai-chat", "backed", { text: "[[say second]]", stream: false }));
    expect(answer.text).toContain("second");
  });

  test("with the token of a session is signed over it", async () => {
    const on = await startFor(nova, keyed({ ...AWS_KEYS, sessionToken: "a-session-token" }));
    const answer = await send(on.gateway.url, ask("openai-chat", nova.model, { text: "hi", stream: false }));
    expect(answer.status, answer.text).toBe(200);
    const { headers } = on.simulator.journal.last() ?? {};
    expect(headers?.["x-amz-security-token"]).toBe("a-session-token");
    expect(headers?.authorization).toContain("x-amz-security-token");
  });
});

test("where a request is translated, the worst case is one answer, however many are wanted", async () => {
  const way = { rig: "clouds", model: "bedrock/us.amazon.nova-lite-v1:0" } as const;
  const on = await startFor(way);
  // At 24 cents a million 1,000 tokens are $0.00024.
  const made = await send(on.gateway.url, { path: "/v1/keys", body: { name: "made", limit: 0.0005 } });
  const { key } = JSON.parse(made.text);
  const call = withBody(ask("openai-chat", way.model, { text: "[[say hi]]", stream: false }), {
    n: 4,
    max_completion_tokens: 1000,
  });
  const answer = await send(on.gateway.url, withHeaders(call, { authorization: `Bearer ${key}` }));
  expect(answer.status, answer.text).toBe(200);
});
