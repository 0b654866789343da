import type { CanonicalRequest, JsonObject, Message, Part, Usage } from "@signalbox/protocol";
import {
  type CacheCounts,
  type PromptCacheModel,
  promptCacheModel,
  type SimulatedConversation,
} from "@signalbox/simulator";
import { costOf } from "../../packages/gateway/src/accounting/price.ts";
import { savingsOf } from "../../packages/gateway/src/pipeline/savings.ts";
import { compressIn, configure, createMemory, encodedFor, type Memory } from "./gateway.ts";
import { type Kind, type Place, placeOf, snapshotOf } from "./places.ts";
import { type WireBlock, wireBlocks } from "./wire-blocks.ts";

export interface ReplayWish {
  readonly conversations: readonly SimulatedConversation[];
  readonly kind: Kind;
  /** The gateway sets breakpoints. */
  readonly cache: boolean;
  readonly ttl?: "5m" | "1h";
  /** How eagerly is compressed, request by request; undefined: not at all. */
  readonly level: (request: number) => number | undefined;
  /** Breakpoints of the client's own: as Claude Code sets them, or none. */
  readonly client: "marks" | "plain";
  /** Which process serves a request: another number, another memory. */
  readonly process?: (request: number) => number;
  /** Processes that serve one conversation share their state. */
  readonly shared?: boolean;
  /** Sees what goes to the vendor. */
  readonly watch?: (sent: Sent) => void;
  /** Between the beginnings of conversations, in milliseconds. */
  readonly everyMs?: number;
}

export interface Sent {
  readonly conversation: number;
  readonly request: number;
  readonly asked: CanonicalRequest;
  /** Before breakpoints of the gateway are set in it. */
  readonly compressed: CanonicalRequest;
  readonly body: JsonObject;
  readonly blocks: readonly WireBlock[];
}

/** The bill of the input of all requests. Money is nano-dollars. */
export interface Bill {
  readonly nano: number;
  readonly tokens: number;
  readonly readTokens: number;
  /** What the ledger says that compression has saved. */
  readonly toldNano: number;
  /** After each request. */
  readonly sums: readonly number[];
}

const START = Date.parse("2026-11-20T06:00:00Z");
const MODEL = "routers/replay";

/** Conversations through the gateway's own code to a vendor whose prompt cache is simulated. Turns of several follow one another by their time. */
export function replay(wish: ReplayWish): Bill {
  const { kind, cache, ttl, watch, everyMs = 60_000 } = wish;
  const clock = { now: START };
  const snapshot = snapshotOf({ enabled: cache, ...(ttl === undefined ? {} : { ttl }) });
  const place = placeOf(kind, snapshot);
  const vendor = promptCacheModel({ now: () => clock.now });
  const processes = new Map<number, Memory>();
  const memoryOf = (request: number): Memory => {
    const number = wish.process?.(request) ?? 0;
    const level = wish.level(request);
    const options = { now: () => clock.now, remembers: wish.shared !== true, level };
    const known = processes.get(number) ?? createMemory(options);
    processes.set(number, known);
    configure(known, level);
    return known;
  };
  const sums: number[] = [];
  const bill = { nano: 0, tokens: 0, readTokens: 0, toldNano: 0 };
  for (const { conversation, request, at, asked } of timeline(wish, everyMs)) {
    clock.now = START + at;
    const memory = memoryOf(request);
    const session = `s${conversation}`;
    const made = compressIn(memory, snapshot, {
      request: asked,
      session,
      level: wish.level(request),
      planned: place.planned,
    });
    const body = encodedFor(memory, snapshot, { ...made, place });
    const blocks = wireBlocks(kind, body);
    watch?.({ conversation, request, asked, compressed: made.request, body, blocks });
    const usage = usageOf(countsOf(vendor, place, blocks));
    bill.nano += nanoOf(usage, place, clock.now);
    bill.tokens += blocks.reduce((sum, { tokens = 0 }) => sum + tokens, 0);
    bill.readTokens += usage.cacheReadTokens ?? 0;
    bill.toldNano += toldOf({ usage, place, at: clock.now, snapshot, made });
    sums.push(bill.nano);
  }
  return { ...bill, sums };
}

interface Turn {
  readonly conversation: number;
  readonly request: number;
  readonly at: number;
  readonly asked: CanonicalRequest;
}

function timeline({ conversations, client }: ReplayWish, everyMs: number): readonly Turn[] {
  return conversations
    .flatMap(({ instructions, tools, messages, requests }, conversation) =>
      requests.map(({ messages: count, at }, request): Turn => {
        const plain = {
          model: MODEL,
          stream: false,
          instructions,
          tools,
          messages: messages.slice(0, count),
          sampling: {},
        };
        const asked = client === "marks" ? marked(plain) : plain;
        return { conversation, request, at: at + conversation * everyMs, asked };
      }),
    )
    .sort((one, other) => one.at - other.at);
}

/** As Claude Code marks what it sends: the instructions, and the newest message. */
function marked(request: CanonicalRequest): CanonicalRequest {
  const { instructions, messages } = request;
  const last = messages.length - 1;
  return {
    ...request,
    instructions: instructions.map((part, at) => (at === instructions.length - 1 ? { ...part, cache: {} } : part)),
    messages: messages.map((message, at): Message => (at === last ? withMark(message) : message)),
  };
}

const withMark = (message: Message): Message => ({
  ...message,
  content: message.content.map((part, at): Part => (at === message.content.length - 1 ? { ...part, cache: {} } : part)),
});

function countsOf(vendor: PromptCacheModel, { kind, minimumTokens }: Place, blocks: readonly WireBlock[]): CacheCounts {
  const prompt = { account: "a", model: kind, blocks, minimumTokens };
  return kind === "anthropic" ? vendor.explicit(prompt) : vendor.implicit(prompt);
}

const usageOf = ({ uncached, cacheRead, cacheWrite5m, cacheWrite1h }: CacheCounts): Usage => ({
  inputTokens: uncached,
  cacheReadTokens: cacheRead,
  cacheWrite5mTokens: cacheWrite5m,
  cacheWrite1hTokens: cacheWrite1h,
  outputTokens: 0,
});

function nanoOf(usage: Usage, { kind, price }: Place, at: number): number {
  const { cacheWrite5mTokens, cacheWrite1hTokens, ...others } = usage;
  // Writing has no price where nobody asks one.
  const cost = costOf(kind === "anthropic" ? usage : others, price, at);
  if (cost.unpriced) throw new Error(cost.why);
  return cost.nano;
}

interface Told {
  readonly usage: Usage;
  readonly place: Place;
  readonly at: number;
  readonly snapshot: ReturnType<typeof snapshotOf>;
  readonly made: ReturnType<typeof compressIn>;
}

/** By the ledger's own reckoning. */
function toldOf({ usage, place, at, snapshot, made }: Told): number {
  const { compression } = made;
  if (compression === undefined) return 0;
  const { provider, model } = place.planned.target;
  const record = {
    provider: provider.id,
    model,
    credential: undefined,
    lane: "translate",
    dialect: place.planned.endpoint.dialect,
    startedAt: 0,
    firstContentAt: 1,
    usage: place.kind === "anthropic" ? usage : { ...usage, cacheWrite5mTokens: 0, cacheWrite1hTokens: 0 },
  } as const;
  const told = savingsOf({ arrivedAt: at, snapshot, outcome: { attempts: [record], compression } });
  return told?.compressionNano ?? 0;
}
