import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { routerFor, STRICT, startGuardedRig } from "./guardrails-support.ts";
import { totals } from "./ledger-support.ts";
import { type Answer, ask, type Call, DIALECTS, KEY, type Rig, send } from "./support.ts";

const MAIL = "ada@example.org";
const IBAN = "DE89 3704 0044 0532 0130 00";

let rig: Rig;
beforeAll(async () => {
  rig = await startGuardedRig({
    keys: [
      { name: "tests", key: KEY, role: "owner" },
      { name: "strict", key: STRICT, privacy: { blockedProviders: ["judge"] } },
    ],
  });
});
afterAll(() => rig.close());
beforeEach(() => {
  rig.simulator.journal.clear();
  rig.simulator.faults.clear();
});

const WAYS = DIALECTS.flatMap((dialect) => [true, false].map((stream) => ({ dialect, stream })));
const say = (call: Call): Promise<Answer> => send(rig.gateway.url, call);
const sent = () => rig.simulator.journal.entries.filter(({ url }) => !url.includes("moderations"));
const judgedTexts = () => rig.simulator.journal.entries.filter(({ url }) => url.includes("moderations"));
const wire = () =>
  sent()
    .map(({ body }) => body.toString())
    .join("\n");
const logged = async () => {
  await expect.poll(() => rig.log.some(({ msg }) => msg === "request"), { timeout: 5000 }).toBe(true);
  return rig.log.findLast(({ msg }) => msg === "request") ?? {};
};
const metadata = { "x-signalbox-metadata": "body" };

describe.each(WAYS)("personal data in $dialect, streamed: $stream", ({ dialect, stream }) => {
  test("is not sent, and stands in the answer again", async () => {
    const text = `[[say Dear ${MAIL}, your ${IBAN} and ${MAIL} are noted, and so is a < b.]]`;
    const answer = await say(ask(dialect, routerFor("redact", dialect), { text, stream }));
    expect(answer.status).toBe(200);
    expect(wire()).toContain("Dear <EMAIL_1>, your <IBAN_1> and <EMAIL_1> are noted");
    expect(wire()).not.toContain(MAIL);
    expect(wordsOf(answer, stream)).toContain(`Dear ${MAIL}, your ${IBAN} and ${MAIL} are noted, and so is a < b.`);
    expect(answer.text).not.toContain("EMAIL_1");
  });

  test("stands in the arguments of tools again", async () => {
    const text = `[[tool mail {"to":"${MAIL}","note":"a \\"${IBAN}\\""}]]`;
    const answer = await say(withTool(ask(dialect, routerFor("redact", dialect), { text, stream })));
    expect(answer.status).toBe(200);
    expect(wire()).not.toContain(MAIL);
    const words = wordsOf(answer, stream).replaceAll("\\", "");
    expect(words).toContain(MAIL);
    expect(words).toContain(IBAN);
    expect(words).not.toContain("<EMAIL");
  });

  test("goes on byte for byte where it is only flagged, and is told by kinds and counts", async () => {
    const call = ask(dialect, routerFor("flag-pii", dialect), { text: `${MAIL}, b@example.org, 8.8.4.4`, stream });
    const answer = await say(call);
    expect(answer.headers["x-signalbox-lane"]).toBe("passthrough");
    expect(answer.headers["x-signalbox-guardrails"]).toBe("pii-input=flagged(email:2;ip:1)");
    expect(wire()).toContain(MAIL);
  });

  test("is refused where it is blocked, and no upstream is asked", async () => {
    const answer = await say(ask(dialect, routerFor("block-pii", dialect), { text: `I am ${MAIL}`, stream }));
    expect(answer.status).toBe(400);
    expect(answer.text).toContain("personal data (email)");
    expect(answer.text).not.toContain(MAIL);
    expect(sent()).toEqual([]);
    const other = await say(ask(dialect, routerFor("block-pii", dialect), { text: "from 8.8.4.4", stream }));
    expect(other.status).toBe(200);
  });
});

describe.each(WAYS)("moderation in $dialect, streamed: $stream", ({ dialect, stream }) => {
  const asking = (policy: string, text: string, headers = {}) => {
    const call = ask(dialect, routerFor(policy, dialect), { text, stream });
    return say({ ...call, headers: { ...call.headers, ...headers } });
  };

  test("blocks a request in the client's own words, by categories", async () => {
    const answer = await asking("block-in", "I will kill it");
    expect(answer.status).toBe(400);
    expect(answer.text).toContain("blocked by moderation (violence)");
    expect(answer.headers["x-signalbox-guardrails"]).toBe("moderation-input=blocked(violence:1)");
    expect(sent()).toEqual([]);
  });

  test("lets a request pass as it is, and others' categories too", async () => {
    const fine = await asking("block-in", "I will mend it");
    expect([fine.status, fine.headers["x-signalbox-lane"]]).toEqual([200, "passthrough"]);
    expect(fine.headers["x-signalbox-guardrails"]).toBe("moderation-input=ok");
    expect((await asking("hate", "I will kill it")).status).toBe(200);
  });

  test("flags a request, and lets it go on", async () => {
    const answer = await asking("flag-in", "I will kill it");
    expect([answer.status, answer.headers["x-signalbox-lane"]]).toEqual([200, "passthrough"]);
    expect(answer.headers["x-signalbox-guardrails"]).toBe("moderation-input=flagged(violence:1)");
    expect(answer.headers["x-signalbox-attempts"]).toBe("1");
    expect(answer.headers["x-signalbox-attempted"]).not.toContain("judge");
    const line = await logged();
    expect(line["guardrails"]).toEqual([
      {
        guard: "moderation",
        where: "input",
        action: "flag",
        flagged: true,
        categories: { violence: 1 },
        model: "judge/mod",
      },
    ]);
  });

  test("flags an answer that is told already", async () => {
    const answer = await asking("flag-out", "[[say they kill it]]", metadata);
    expect(answer.status).toBe(200);
    expect(wordsOf(answer, stream)).toContain("they kill it");
    const told = toldIn(answer, stream);
    expect(told).toMatchObject({
      guardrails: [{ where: "output", action: "flag", flagged: true, categories: { violence: 1 } }],
    });
    expect(told).toMatchObject({ attempts: [{ success: true }] });
  });

  test("takes an answer away, and ends it as vendors' filters do", async () => {
    const answer = await asking("block-out", "[[say they kill it]]", metadata);
    expect(answer.status).toBe(200);
    expect(answer.text).not.toContain("kill");
    expect(answer.text).toMatch(FILTERED[dialect]);
    expect(toldIn(answer, stream)).toMatchObject({ guardrails: [{ where: "output", action: "block", flagged: true }] });
    const fine = await asking("block-out", "[[say they mend it]]");
    expect(wordsOf(fine, stream)).toContain("they mend it");
    expect(fine.headers["x-signalbox-guardrails"]).toBe("moderation-output=ok");
  });

  test.each([
    ["dead-in", 503],
    ["no-judge", 403],
  ])("lets nothing pass that nobody can judge (%s)", async (policy, status) => {
    const answer = await asking(policy, "hello");
    expect([status, 529]).toContain(answer.status);
    expect(answer.text).toContain("lets nothing pass unjudged");
    expect(answer.headers["x-signalbox-guardrails"]).toBe("moderation-input=unjudged");
    expect(sent()).toEqual([]);
  });

  test.each(["lax-in", "dead-flag"])("lets it pass where that is said (%s)", async (policy) => {
    const answer = await asking(policy, "hello");
    expect(answer.status).toBe(200);
    expect(answer.headers["x-signalbox-guardrails"]).toBe("moderation-input=unjudged");
  });

  test("gives no answer that nobody could judge", async () => {
    const answer = await asking("dead-out", "[[say secret words]]");
    expect(answer.text).not.toContain("secret words");
    expect(answer.text).toContain("lets nothing pass unjudged");
  });

  test("comes from another attempt where the first has failed while its answer was held back", async () => {
    rig.simulator.faults.push({ type: "error-after", events: 6, model: "m" });
    const answer = await asking("block-out", "[[text 300]]", metadata);
    expect(answer.status).toBe(200);
    expect(wordsOf(answer, stream).match(/signal/g)).toHaveLength(30);
    expect(toldIn(answer, stream)).toMatchObject({ attempts: [{ success: false }, { success: true }] });
  });
});

const FILTERED = {
  "openai-chat": /"finish_reason":"content_filter"/,
  "openai-responses": /"incomplete_details":\{"reason":"content_filter"\}/,
  "anthropic-messages": /"stop_reason":"refusal"/,
  gemini: /"finishReason":"SAFETY"/,
};

test("a judge may not see what its provider may not see: nothing passes", async () => {
  const call = ask("openai-chat", routerFor("block-in", "openai-chat"), { text: "hello", stream: false });
  const answer = await say({ ...call, headers: { authorization: `Bearer ${STRICT}` } });
  expect(answer.status).toBe(403);
  expect(answer.text).toContain("lets nothing pass unjudged");
  expect(rig.simulator.journal.entries).toEqual([]);
});

test("a judge sees placeholders where personal data is hidden, in requests and in answers", async () => {
  const call = ask("openai-chat", routerFor("all", "openai-chat"), { text: `[[say Hello ${MAIL}]]`, stream: true });
  const answer = await say(call);
  expect(wordsOf(answer, true)).toContain(`Hello ${MAIL}`);
  expect(judgedTexts()).toHaveLength(2);
  for (const { body } of judgedTexts()) {
    expect(body.toString()).toContain("<EMAIL_1>");
    expect(body.toString()).not.toContain(MAIL);
  }
  expect(answer.headers["x-signalbox-guardrails"]).toBe(
    "moderation-input=ok,pii-input=redacted(email:1),moderation-output=ok",
  );
});

test("only the newest turn is judged", async () => {
  const messages = [
    { role: "user", content: "kill the process" },
    { role: "assistant", content: "done" },
    { role: "user", content: "thanks" },
  ];
  const body = { model: routerFor("block-in", "openai-chat"), messages };
  expect((await say({ path: "/v1/chat/completions", body })).status).toBe(200);
  expect(judgedTexts().map(({ json }) => json)).toEqual([{ model: "mod", input: ["thanks"] }]);
  const prefilled = [...messages, { role: "user", content: "kill it" }, { role: "assistant", content: "Sure" }];
  expect((await say({ path: "/v1/chat/completions", body: { ...body, messages: prefilled } })).status).toBe(400);
});

test("nobody is asked to count what may not be sent, and completions are no way around", async () => {
  const messages = [{ role: "user", content: `I am ${MAIL}` }];
  const counting = { path: "/v1/messages/count_tokens", headers: { "anthropic-version": "2023-06-01" } };
  const counted = await say({ ...counting, body: { model: routerFor("redact", "anthropic-messages"), messages } });
  expect(counted.status).toBe(200);
  expect(rig.simulator.journal.entries).toEqual([]);
  const body = { model: routerFor("block-pii", "openai-chat"), prompt: `I am ${MAIL}`, max_tokens: 10 };
  expect((await say({ path: "/v1/completions", body })).status).toBe(400);
  expect(rig.simulator.journal.entries).toEqual([]);
});

test("guards that are off leave the bytes alone, and say nothing", async () => {
  const answer = await say(ask("openai-chat", routerFor("off", "openai-chat"), { text: MAIL, stream: false }));
  expect(answer.headers["x-signalbox-lane"]).toBe("passthrough");
  expect(answer.headers["x-signalbox-guardrails"]).toBeUndefined();
});

test("what a judge costs stands in the request's row, and it is not who answered", async () => {
  await say(ask("openai-chat", routerFor("flag-in", "openai-chat"), { text: "x".repeat(400), stream: false }));
  await totals(rig);
  const { requests } = await rig.store.usage.requests({ from: 0, to: Date.UTC(2100, 0), limit: 1 });
  const attempts = await rig.store.usage.attemptsOf(requests[0]?.id ?? "");
  expect(attempts.map(({ provider, dialect, error, cost_nano }) => [provider, dialect, error, cost_nano])).toEqual([
    ["judge", "openai-moderation", null, 100_000],
    ["chat", "openai-chat", null, null],
  ]);
  expect(requests[0]).toMatchObject({ provider: "chat", attempts: 2, cost_nano: 100_000 });
});

test("nobody is told of the texts", async () => {
  await say(ask("openai-chat", routerFor("redact", "openai-chat"), { text: `say ${MAIL}`, stream: false }));
  await say(ask("openai-chat", routerFor("flag-pii", "openai-chat"), { text: `say ${MAIL}`, stream: false }));
  await logged();
  expect(JSON.stringify(rig.log)).not.toContain(MAIL);
});

function withTool(call: Call): Call {
  const parameters = { type: "object", properties: { to: { type: "string" }, note: { type: "string" } } };
  const tools = call.path.startsWith("/v1beta")
    ? [{ functionDeclarations: [{ name: "mail", parameters }] }]
    : call.path === "/v1/messages"
      ? [{ name: "mail", input_schema: parameters }]
      : call.path === "/v1/responses"
        ? [{ type: "function", name: "mail", parameters }]
        : [{ type: "function", function: { name: "mail", parameters } }];
  const body = typeof call.body === "object" ? call.body : {};
  return { ...call, body: { ...body, tools } };
}

/** All strings of an answer's deltas, or of the whole of it, one after the other. */
function wordsOf({ text }: Answer, stream: boolean): string {
  if (!stream) return strings(JSON.parse(text)).join("\n");
  return text
    .split("\n")
    .filter((line) => line.startsWith("data: {"))
    .map((line) => deltaIn(JSON.parse(line.slice("data: ".length))))
    .join("");
}

function deltaIn(event: { readonly [name: string]: unknown }): string {
  const type = event["type"];
  if (typeof type === "string" && type.startsWith("response."))
    return type.endsWith(".delta") ? String(event["delta"]) : "";
  const found: string[] = [];
  collectNamed(event, ["text", "content", "arguments", "partial_json", "to", "note"], found);
  return found.join("");
}

function collectNamed(value: unknown, names: readonly string[], found: string[]): void {
  if (typeof value !== "object" || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    if (typeof inner === "string" && names.includes(name)) found.push(inner);
    else collectNamed(inner, names, found);
  }
}

function strings(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(strings) : [];
}

function toldIn({ text }: Answer, stream: boolean): unknown {
  const bodies: unknown[] = stream
    ? text
        .split("\n")
        .filter((line) => line.startsWith("data: {"))
        .map((line) => JSON.parse(line.slice("data: ".length)))
    : [JSON.parse(text)];
  return bodies.map(metadataIn).findLast((found) => found !== undefined);
}

function metadataIn(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  for (const [name, inner] of Object.entries(value)) {
    if (/metadata$/.test(name) && typeof inner === "object" && inner !== null && "generation_id" in inner) return inner;
    const deeper = metadataIn(inner);
    if (deeper !== undefined) return deeper;
  }
  return undefined;
}
