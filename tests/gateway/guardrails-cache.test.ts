import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { routerFor, startGuardedRig } from "./guardrails-support.ts";
import { freshText, statusOf } from "./response-cache-support.ts";
import { type Answer, ask, DIALECTS, type Rig, send } from "./support.ts";

const MAIL = "ada@example.org";

let rig: Rig;
beforeAll(async () => {
  rig = await startGuardedRig({ cache: { enabled: true } });
});
afterAll(() => rig.close());
beforeEach(() => {
  rig.simulator.journal.clear();
  rig.simulator.faults.clear();
});

const judgements = () => rig.simulator.journal.entries.filter(({ url }) => url.includes("moderations")).length;
const others = () => rig.simulator.journal.entries.length - judgements();
const lines = () => rig.log.filter(({ msg }) => msg === "request");

interface Way {
  readonly dialect: (typeof DIALECTS)[number];
  readonly stream: boolean;
}

const WAYS: readonly Way[] = DIALECTS.flatMap((dialect) => [true, false].map((stream) => ({ dialect, stream })));

const say = (policy: string, text: string, { dialect, stream }: Way): Promise<Answer> => {
  const call = ask(dialect, routerFor(policy, dialect), { text, stream });
  return send(rig.gateway.url, { ...call, headers: { ...call.headers, "x-signalbox-metadata": "body" } });
};

/** The answer with what its own line of the log says of guards. */
async function logged(asking: () => Promise<Answer>) {
  const before = lines().length;
  const answer = await asking();
  await expect.poll(() => lines().length).toBe(before + 1);
  return { answer, line: lines().at(-1)?.["guardrails"] };
}

/** Verdicts hold no list but their own. */
const toldIn = ({ text }: Answer): unknown => JSON.parse(/"guardrails":(\[[^\]]*\])/.exec(text)?.[1] ?? "null");

describe.each(WAYS)("a hit in $dialect, streamed: $stream", (way) => {
  test.each([
    ["flag-all", ["pii", "moderation", "moderation"]],
    ["all", ["moderation", "pii", "moderation"]],
  ])("tells what guards found as the miss did, and asks no judge again (%s)", async (policy, guards) => {
    const words = policy === "all" ? MAIL : `${MAIL} would kill`;
    const text = `${freshText()} ${words}`;
    const miss = await logged(() => say(policy, text, way));
    expect([miss.answer.status, statusOf(miss.answer)]).toEqual([200, "MISS"]);
    const asked = [judgements(), others()];
    const hit = await logged(() => say(policy, text, way));
    expect([hit.answer.status, statusOf(hit.answer)]).toEqual([200, "HIT-exact"]);
    expect([judgements(), others()]).toEqual(asked);
    expect(toldIn(hit.answer)).toEqual(toldIn(miss.answer));
    expect(toldIn(hit.answer)).toMatchObject(guards.map((guard) => ({ guard })));
    expect(toldIn(hit.answer)).toContainEqual(expect.objectContaining({ guard: "pii", kinds: { email: 1 } }));
    expect(hit.line).toEqual(miss.line);
    expect(String(hit.answer.headers["x-signalbox-guardrails"])).toContain("(email:1)");
    expect(JSON.stringify(hit.line)).not.toContain(MAIL);
  });
});

test("a twin that waits tells them too", async () => {
  const text = `${freshText()}[[fault latency=200]] ${MAIL} would kill`;
  const way = { dialect: "openai-chat", stream: false } as const;
  const [one, other] = await Promise.all([say("flag-all", text, way), say("flag-all", text, way)]);
  expect([statusOf(one), statusOf(other)].sort()).toEqual(["HIT-exact", "MISS"]);
  expect(toldIn(one)).toMatchObject([{ flagged: true }, { flagged: true }, { flagged: false }]);
  expect(toldIn(other)).toEqual(toldIn(one));
});

test.each(["lax-in", "dead-flag"])("what nobody could judge is not kept (%s)", async (policy) => {
  const [text, way] = [freshText(), { dialect: "openai-chat", stream: false } as const];
  for (let at = 0; at < 2; at++) {
    const answer = await say(policy, text, way);
    expect([answer.status, statusOf(answer)]).toEqual([200, "MISS"]);
    expect(toldIn(answer)).toMatchObject([{ guard: "moderation", flagged: false, failed: expect.any(String) }]);
  }
});

test("a hit tells nothing of guards where there are none", async () => {
  const [text, way] = [freshText(), { dialect: "openai-chat", stream: false } as const];
  await say("off", text, way);
  const { answer, line } = await logged(() => say("off", text, way));
  expect(statusOf(answer)).toBe("HIT-exact");
  expect([toldIn(answer), line, answer.headers["x-signalbox-guardrails"]]).toEqual([null, undefined, undefined]);
});
