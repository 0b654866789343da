import { oneOffKinds, oneOffPrompts, personas, simulateConversation } from "@signalbox/simulator";
import { describe, expect, test } from "vitest";
import { replay } from "../../bench/savings/replay.ts";

/** What breakpoints cost that the gateway sets, beside the same without any cache. */

const base = { kind: "anthropic", client: "plain", level: () => undefined } as const;
const saved = (wish: Pick<Parameters<typeof replay>[0], "conversations" | "everyMs" | "ttl">): number => {
  const without = replay({ ...base, ...wish, cache: false });
  return 1 - replay({ ...base, ...wish, cache: true }).nano / without.nano;
};

describe("prompts that nobody goes on from", () => {
  test.each(oneOffKinds.flatMap((kind) => [2_000, 60_000, 400_000].map((everyMs) => [kind, everyMs] as const)))(
    "cost no more: %s, one every %d ms",
    (kind, everyMs) => {
      const conversations = oneOffPrompts({ kind, seed: 1, count: 40 });
      const share = saved({ conversations, everyMs });
      const isRead = kind !== "nothing is shared" && everyMs < 300_000;
      if (isRead) expect(share).toBeGreaterThan(0.2);
      else expect(share).toBe(0);
    },
  );
});

describe("conversations", () => {
  test.each([
    ["coding agent", 0.75],
    ["data analyst", 0.75],
    ["support agent", 0.75],
    ["long chat", 0.5],
  ] as const)("of a %s cost much less", (persona, least) => {
    expect(saved({ conversations: [simulateConversation({ persona, seed: 2, messages: 120 })] })).toBeGreaterThan(
      least,
    );
  });

  test.each(personas)("of a %s with the time in its instructions cost hardly more", (persona) => {
    const whole = simulateConversation({ persona, seed: 3, messages: 80 });
    const conversations = whole.requests.map(({ messages, at }) => ({
      ...whole,
      instructions: [{ type: "text" as const, text: `It is ${at}.` }, ...whole.instructions],
      requests: [{ messages, at }],
    }));
    // In its first minutes a process takes what goes on for known.
    expect(saved({ conversations, everyMs: 0 })).toBeGreaterThan(-0.05);
  });
});
