import { setTimeout as pause } from "node:timers/promises";
import { type Answer, type Ask, ask, DIALECTS, isWhole } from "./asking.ts";
import type { PRICES, Provider } from "./site.ts";

/** What a client knows of one request. */
export interface Told {
  /** Also its conversation, by which the ledger's row is found, and the first word of its prompt. */
  readonly name: string;
  readonly provider: Provider;
  readonly asked: Ask;
  /** Undefined: no answer came, or not all of its head. */
  readonly answer: Answer | undefined;
  readonly whole: boolean;
}

export interface LoadOptions {
  /** Of the requests' names. */
  readonly prefix: string;
  readonly keys: readonly string[];
  /** Where to ask now; undefined: nobody is there. */
  readonly url: () => string | undefined;
  readonly lanes: number;
  readonly random: Random;
  /** Between two requests of a lane. */
  readonly pauseMs?: number;
  readonly leaving?: boolean;
}

export interface Load {
  readonly told: readonly Told[];
  /** No new ones. Resolves when the last has ended. */
  readonly stop: () => Promise<void>;
}

export interface Random {
  /** A whole number below that. */
  readonly below: (limit: number) => number;
  readonly of: <T>(list: readonly T[]) => T;
}

/** The same numbers for the same seed: mulberry32. */
export function seeded(seed: number): Random {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    below,
    of: (list) => {
      const one = list[below(list.length)];
      if (one === undefined) throw new Error("There is nothing to choose from.");
      return one;
    },
  };
}

const providers = ["chat", "responses", "messages", "own-gemini"] as const satisfies readonly (keyof typeof PRICES)[];

/** Requests of every dialect to every provider, whole and streamed, quick and slow, one after the other in each lane. */
export function startLoad({ prefix, keys, url, lanes, random, pauseMs = 0, leaving = false }: LoadOptions): Load {
  const told: Told[] = [];
  let count = 0;
  let stopped = false;
  const one = async (base: string): Promise<void> => {
    count += 1;
    const name = `${prefix}-${count}`;
    const provider = random.of(providers);
    const asked: Ask = {
      dialect: random.of(DIALECTS),
      key: random.of(keys),
      model: `${provider}/m`,
      text: `${name} ${answerWanted(random)}`,
      stream: random.below(2) === 1,
      session: name,
      ...(leaving && random.below(20) === 0 ? { leaveAfterMs: 1 + random.below(60) } : {}),
    };
    const answer = await ask(base, asked).catch(() => undefined);
    told.push({ name, provider, asked, answer, whole: answer !== undefined && isWhole(asked, answer) });
  };
  const lane = async (): Promise<void> => {
    while (!stopped) {
      const base = url();
      if (base !== undefined) await one(base);
      await pause(base === undefined ? 5 : pauseMs);
    }
  };
  const running = Promise.all(Array.from({ length: lanes }, lane));
  return {
    told,
    stop: async () => {
      stopped = true;
      await running;
    },
  };
}

/** How many answers there were of each status; those of 500 and above with what they said. */
export function statusesOf({ told }: Pick<Load, "told">): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { answer } of told) {
    const status = answer?.ended === true ? String(answer.status) : "none";
    const isOdd = answer !== undefined && answer.status >= 500 && !EXPECTED.has(answer.status);
    const name = isOdd ? `${status} ${answer.text}` : status;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** In the words of OpenAI and Gemini, and in Anthropic's, that it does not go at the moment. */
const EXPECTED: ReadonlySet<number> = new Set([503, 529]);

/** Mostly quick; some are slow to begin, to go on or to end, and some fail. */
function answerWanted(random: Random): string {
  const words = 1 + random.below(60);
  switch (random.below(10)) {
    case 0:
      return `[[stream ${words}]] [[fault latency=${random.below(200)}]]`;
    case 1:
    case 2:
      return `[[stream ${words}]] [[fault pace=${1 + random.below(6)}]]`;
    case 3:
      return `[[text ${words}]] [[fault slow-first-token=${random.below(150)}]]`;
    case 4:
      return random.below(3) === 0 ? "[[fault status=400]]" : `[[text ${words}]]`;
    case 5:
      return `[[tool look {"n":${words}}]]`;
    case 6:
      return `[[stream ${words}]] [[cache ${random.below(50)} ${random.below(50)}]]`;
    default:
      return `[[say ${"signal ".repeat(words)}]]`;
  }
}
