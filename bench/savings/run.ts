import {
  oneOffKinds,
  oneOffPrompts,
  personas,
  type SimulatedConversation,
  simulateConversation,
} from "@signalbox/simulator";
import { type Kind, kinds } from "./places.ts";
import { type Bill, type ReplayWish, replay } from "./replay.ts";

/** `npm run eval:savings`: the tables of docs/savings.md and docs/prompt-cache.md. `-- 120` replays shorter conversations. */

const MESSAGES = Number(process.argv[2] ?? 502);
const SEED = 1;
const LEVELS = [0, 0.3, 0.7] as const;

const say = (line: string) => process.stdout.write(`${line}\n`);
const row = (cells: readonly string[]) => say(`| ${cells.join(" | ")} |`);
const head = (cells: readonly string[]) => {
  row(cells);
  row(cells.map((_, at) => (at === 0 ? "---" : "---:")));
};
const dollars = (nano: number): string => (nano / 1e9).toFixed(nano < 1e9 ? 4 : 2);
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
const millions = (tokens: number): string => `${(tokens / 1e6).toFixed(1)} M`;

interface Way {
  readonly kind: Kind;
  readonly cache: boolean;
  readonly client: ReplayWish["client"];
}

const NAMES: Readonly<Record<Kind, string>> = {
  anthropic: "Anthropic, claude-sonnet-4-6",
  openai: "OpenAI, gpt-5.1",
  gemini: "Gemini, gemini-2.5-flash",
};

/** OpenAI and Gemini cache by themselves, whatever the gateway does. */
const ways: readonly Way[] = kinds.flatMap((kind): readonly Way[] => {
  const plain: Way = { kind, cache: false, client: "plain" };
  return kind === "anthropic" ? [plain, { ...plain, cache: true }, { ...plain, client: "marks" }] : [plain];
});

function nameOf({ kind, cache, client }: Way): string {
  if (kind !== "anthropic") return `${NAMES[kind]}: caches by itself`;
  if (client === "marks") return `${NAMES[kind]}: the client's breakpoints`;
  return `${NAMES[kind]}: ${cache ? "the gateway's breakpoints" : "no cache"}`;
}

interface Verdict {
  raised: number;
  replays: number;
  /** Of the ledger's figure, of what was really saved. */
  readonly told: number[];
}

function conversationTable(verdict: Verdict): void {
  head(["conversation and vendor", "input", "cache read", "cost", ...LEVELS.map((level) => `at ${level}`)]);
  for (const persona of personas) {
    const conversations = [simulateConversation({ persona, seed: SEED, messages: MESSAGES })];
    for (const way of ways) {
      const plain = replay({ ...way, conversations, level: () => undefined });
      const cells = LEVELS.map((level) => {
        const made = replay({ ...way, conversations, level: () => level });
        judge(verdict, plain, made);
        return `${dollars(made.nano)} (${percent(1 - made.nano / plain.nano)})`;
      });
      const read = percent(plain.readTokens / plain.tokens);
      row([`${persona}; ${nameOf(way)}`, millions(plain.tokens), read, dollars(plain.nano), ...cells]);
    }
  }
}

function judge(verdict: Verdict, plain: Bill, made: Bill): void {
  verdict.replays += 1;
  if (made.nano > plain.nano) verdict.raised += 1;
  if (made.nano < plain.nano) verdict.told.push(made.toldNano / (plain.nano - made.nano));
}

/** Many short ones: where they end, they have cost no more. */
function shortOnes(verdict: Verdict): void {
  for (let seed = 100; seed < 160; seed += 1) {
    for (const persona of personas) {
      const conversations = [simulateConversation({ persona, seed, messages: 10 + (seed % 12) })];
      for (const way of ways) {
        const plain = replay({ ...way, conversations, level: () => undefined });
        for (const level of LEVELS) judge(verdict, plain, replay({ ...way, conversations, level: () => level }));
      }
    }
  }
}

function breakpointTable(): void {
  head(["prompts to Anthropic", "without", "ttl 5m", "", "ttl 1h", ""]);
  const compare = (name: string, conversations: readonly SimulatedConversation[], everyMs?: number) => {
    const base = {
      conversations,
      kind: "anthropic",
      client: "plain",
      level: () => undefined,
      ...(everyMs === undefined ? {} : { everyMs }),
    } as const;
    const without = replay({ ...base, cache: false }).nano;
    const cells = (["5m", "1h"] as const).flatMap((ttl) => {
      const { nano } = replay({ ...base, cache: true, ttl });
      return [dollars(nano), percent(nano / without - 1)];
    });
    row([name, dollars(without), ...cells]);
  };
  for (const kind of oneOffKinds) {
    for (const everyMs of [10_000, 120_000, 600_000]) {
      compare(
        `100 single prompts, ${kind}, one every ${everyMs / 1000} s`,
        oneOffPrompts({ kind, seed: SEED, count: 100 }),
        everyMs,
      );
    }
  }
  for (const persona of personas) {
    for (const messages of [4, 10, 40]) {
      const conversations = Array.from({ length: 20 }, (_, at) =>
        simulateConversation({ persona, seed: 1000 + at, messages }),
      );
      compare(`20 × ${persona}, ${messages} messages and more`, conversations, 900_000);
    }
  }
}

const verdict: Verdict = { raised: 0, replays: 0, told: [] };
conversationTable(verdict);
shortOnes(verdict);
const told = verdict.told.toSorted((one, other) => one - other);
const share = (at: number) => percent(told[Math.min(told.length - 1, Math.floor(told.length * at))] ?? 0);
say("");
say(`${verdict.replays} replays with compression; the bill was higher than without in ${verdict.raised} of them.`);
say(
  `The ledger says ${share(0.5)} of what was really saved in the middle, ${share(0.05)} at the 5th percentile, ${share(0.95)} at the 95th, ${share(1)} at most.`,
);
say("");
breakpointTable();
