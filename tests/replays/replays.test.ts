import { type Persona, personas, type SimulatedConversation, simulateConversation } from "@signalbox/simulator";
import { describe, expect, test } from "vitest";
import { type Kind, kinds } from "../../bench/savings/places.ts";
import { type Bill, type ReplayWish, replay, type Sent } from "../../bench/savings/replay.ts";
import { damage } from "./protected.ts";

/** Conversations as agents have them, turn by turn through the gateway's code to vendors whose prompt caches are simulated. */

const off = () => undefined;
const at = (level: number) => () => level;

const LEVELS = [0, 0.3, 0.7];

interface Way {
  readonly kind: Kind;
  readonly cache: boolean;
}

const ways: readonly Way[] = kinds.flatMap((kind): readonly Way[] =>
  kind === "anthropic" ? [false, true].map((cache) => ({ kind, cache })) : [{ kind, cache: false }],
);

const talk = (persona: Persona, seed: number, messages: number) => [simulateConversation({ persona, seed, messages })];

const bill = (conversations: readonly SimulatedConversation[], wish: Partial<ReplayWish> & Way): Bill =>
  replay({ conversations, client: "plain", level: off, ...wish });

describe("compression never raises the bill", () => {
  test.each(personas)("of a short %s, at any vendor and any level", (persona) => {
    const conversations = talk(persona, 1, 24);
    for (const way of ways) {
      const plain = bill(conversations, way);
      for (const level of LEVELS) {
        const { nano } = bill(conversations, { ...way, level: at(level) });
        expect(nano, `${way.kind} ${way.cache} ${level}`).toBeLessThanOrEqual(plain.nano);
      }
    }
  });

  /** `npm run eval:savings` has all of them long. */
  const long = [
    ["coding agent", 502],
    ["long chat", 130],
    ["data analyst", 100],
    ["support agent", 100],
  ] as const;

  test.each(long)(
    "of a %s of %d messages and more, and the ledger does not say that it saved more than it did",
    (persona, messages) => {
      const conversations = talk(persona, messages, messages);
      const way = { kind: "anthropic", cache: true } as const;
      const plain = bill(conversations, way);
      const compressed = bill(conversations, { ...way, level: at(0.3) });
      const above = compressed.sums.filter((sum, request) => sum > (plain.sums[request] ?? 0));
      expect(above).toEqual([]);
      expect(compressed.nano).toBeLessThan(plain.nano);
      expect(compressed.toldNano).toBeGreaterThan(0);
      expect(compressed.toldNano).toBeLessThanOrEqual(plain.nano - compressed.nano);
    },
    120_000,
  );

  test.each(ways)(
    "with a client that marks what is to be cached, at $kind (breakpoints of the gateway: $cache)",
    (way) => {
      const conversations = talk("coding agent", 4, 60);
      const plain = bill(conversations, { ...way, client: "marks" });
      expect(bill(conversations, { ...way, client: "marks", level: at(0.7) }).nano).toBe(plain.nano);
    },
  );
});

/** Everything that goes to the vendor. */
function sentBy(conversations: readonly SimulatedConversation[], wish: Partial<ReplayWish> & Way): readonly Sent[] {
  const sent: Sent[] = [];
  bill(conversations, { ...wish, watch: (one) => void sent.push(one) });
  return sent;
}

describe("what goes to the vendor", () => {
  const cases = personas.flatMap((persona) => ways.map((way) => ({ persona, ...way })));

  test.each(cases)("begins as the turn before it did: $persona at $kind, cache $cache", ({ persona, ...way }) => {
    const sent = sentBy(talk(persona, 5, 40), { ...way, level: at(0.7) });
    for (const [turn, { blocks }] of sent.entries()) {
      const before = sent[turn - 1]?.blocks ?? [];
      expect(blocks.slice(0, before.length).map(({ text }) => text)).toEqual(before.map(({ text }) => text));
    }
  });

  test.each(personas.flatMap((persona) => LEVELS.map((level) => [persona, level] as const)))(
    "keeps what is protected byte for byte: %s at %d",
    (persona, level) => {
      const way = { kind: "anthropic", cache: true } as const;
      for (const client of ["plain", "marks"] as const) {
        for (const { asked, compressed } of sentBy(talk(persona, 6, 40), { ...way, client, level: at(level) })) {
          expect(compressed.instructions).toEqual(asked.instructions);
          expect(compressed.tools).toEqual(asked.tools);
          expect(damage(asked.messages, compressed.messages)).toEqual([]);
        }
      }
    },
  );

  test("has a result for every call and a call for every result", () => {
    for (const { body } of sentBy(talk("coding agent", 7, 80), { kind: "anthropic", cache: true, level: at(0.7) })) {
      const text = JSON.stringify(body);
      const calls = [...text.matchAll(/"type":"tool_use","id":"([^"]+)"/g)].map(([, id]) => id);
      const results = [...text.matchAll(/"tool_use_id":"([^"]+)"/g)].map(([, id]) => id);
      expect(results).toEqual(calls);
    }
  });
});
