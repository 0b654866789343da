import type { Secret } from "../../config/secret.ts";
import type { Logger } from "../../observe/log.ts";
import { StoreError } from "../errors.ts";
import { RedisLink, type Send } from "./redis-link.ts";
import { type Script, scripts } from "./redis-scripts.ts";
import {
  type Arguments,
  type Charge,
  chargeArguments,
  type Ending,
  type HoldReply,
  holdArguments,
  type Keys,
  keysUnder,
  readHoldReply,
  settleArguments,
} from "./redis-wire.ts";
import type { Claim, HoldAnswer, Settled, SharedState, Spending, Unfilled } from "./shared-state.ts";

/** How long settlements wait to be said together. */
const GATHER_MS = 4;
const BATCH = 200;
/** What is kept while Redis is away. Beyond it the oldest are forgotten: their holds expire, and count in full. */
const MOST_KEPT = 200_000;
const FLUSH_MS = 3_000;

export interface RedisStateOptions {
  readonly url: Secret;
  readonly log: Logger;
  readonly prefix?: string;
  /** Tests alone go by the times of claims: replicas whose clocks differ would free what the others hold. */
  readonly clock?: "server" | "claims";
}

/** Counts in Redis or Valkey, for all replicas. Opens at once, whether it is there or not. Throws StoreError `invalid` for a wrong URL. */
export class RedisState implements SharedState {
  readonly #keys: Keys;
  readonly #clock: 0 | 1;
  readonly #log: Logger;
  readonly #link: RedisLink;
  /** Holds that this process has taken and not ended, with the epoch of Redis in which they were taken. */
  readonly #open = new Map<string, { readonly claim: Claim; readonly epoch: string }>();
  /** Buckets and counters that wait to be settled: a hold that names one of them goes after it. */
  readonly #touched = new Set<string>();
  readonly #saying = new Set<Promise<boolean>>();
  /** How many of them tell of what Redis may not know any more. */
  #sayingOld = 0;
  readonly #filling = new Map<string, Promise<void>>();
  #endings: Ending[] = [];
  #charges: Charge[] = [];
  #timer: NodeJS.Timeout | undefined;
  #epoch = "";
  #latest = 0;
  #forgetful = false;

  constructor({ url, log, prefix = "signalbox:", clock = "server" }: RedisStateOptions) {
    this.#keys = keysUnder(prefix);
    this.#clock = clock === "server" ? 1 : 0;
    this.#log = log;
    const meanwhile = "limits are counted in this process meanwhile";
    this.#link = new RedisLink({ url, log, meanwhile, prepare: (send) => this.#prepare(send) });
  }

  /** When it is known whether Redis is there. */
  get firstTry(): Promise<void> {
    return this.#link.firstTry;
  }

  isAvailable(): boolean {
    return this.#link.isReady();
  }

  async hold(claim: Claim): Promise<HoldAnswer> {
    if (!this.#link.isReady()) throw new StoreError("unavailable", "Redis is away.");
    this.#latest = Math.max(this.#latest, claim.now);
    if (this.#touched.size > 0 && this.#isTouched(claim)) this.#say();
    this.#forgetExpired(claim.now);
    try {
      const { epoch, answer } = (await this.#tryHold(claim)) ?? (await this.#holdAnew(claim));
      this.#epoch = epoch;
      if (answer.outcome === "held") this.#open.set(claim.id, { claim, epoch });
      return answer;
    } catch (error) {
      // It may have been taken all the same, and nobody will use it.
      const nothing = claim.rates.map(({ bucket }) => ({ bucket, amount: 0 }));
      this.settle({ id: claim.id, now: claim.now, rates: nothing, costNano: 0 });
      throw error;
    }
  }

  settle(hold: Settled): void {
    this.#latest = Math.max(this.#latest, hold.now);
    const { claim, epoch = "" } = this.#open.get(hold.id) ?? {};
    this.#open.delete(hold.id);
    const counters = claim === undefined ? [] : claim.budgets.map(({ counter }) => counter);
    if (claim !== undefined) this.#touch(claim);
    this.#endings.push({ ...hold, epoch, counters, at: performance.now() });
    this.#gather();
  }

  charge(spending: Spending): void {
    this.#latest = Math.max(this.#latest, spending.now);
    this.#charges.push({ ...spending, key: this.#keys.charge(spending.id), at: performance.now() });
    for (const counter of spending.counters) this.#touched.add(counter);
    this.#gather();
  }

  async fill(unfilled: readonly Unfilled[]): Promise<void> {
    const names = new Set(unfilled.map(({ counter }) => counter));
    // What was settled before the ledger is read must not find the counter, and what is settled afterwards must: it waits. Nothing may
    // come between the last look and the reading.
    while (this.#areUnsaid(names)) await this.#sayAll();
    const filling = this.#readAndFill(unfilled);
    for (const name of names) this.#filling.set(name, filling);
    try {
      await filling;
    } finally {
      for (const name of names) this.#filling.delete(name);
      this.#gather();
    }
  }

  /** Waits until all that was settled is said, or a few seconds. */
  async flush(): Promise<void> {
    const until = performance.now() + FLUSH_MS;
    for (;;) {
      this.#say();
      await Promise.all(this.#saying);
      if (this.#endings.length + this.#charges.length === 0 || performance.now() > until) return;
      await new Promise((resolve) => setTimeout(resolve, GATHER_MS));
    }
  }

  async close(): Promise<void> {
    await this.flush();
    clearTimeout(this.#timer);
    this.#link.close();
  }

  async #tryHold(claim: Claim): Promise<HoldReply | undefined> {
    const reply = await evaluate(this.#link.send, scripts.hold, holdArguments(claim, this.#keys, this.#clock));
    return readHoldReply(reply, claim);
  }

  /** Somebody emptied Redis while it ran. */
  async #holdAnew(claim: Claim): Promise<HoldReply> {
    await this.#begin(this.#link.send);
    const reply = await this.#tryHold(claim);
    if (reply === undefined) throw new StoreError("unavailable", "Redis does not keep what is written.");
    return reply;
  }

  async #begin(send: Send): Promise<void> {
    const info = String(await send(["INFO", "server"]));
    const run = /^run_id:(\S+)/m.exec(info)?.[1] ?? "unknown";
    this.#epoch = String(await evaluate(send, scripts.begin, { keys: [this.#keys.epoch], values: [run] }));
  }

  /** On each new connection: learns whether it is still the same Redis, and says all that was kept, before anybody may hold. */
  async #prepare(send: Send): Promise<void> {
    for (const { source } of Object.values(scripts)) await send(["SCRIPT", "LOAD", source]);
    await this.#begin(send);
    await Promise.all(this.#saying);
    for (let said = this.#sayBatch(send); said !== undefined; said = this.#sayBatch(send)) {
      if (!(await said)) throw new StoreError("unavailable", "Redis went away again.");
    }
    this.#forgetful = false;
  }

  #areUnsaid(names: ReadonlySet<string>): boolean {
    const isOf = ({ counters }: Pick<Ending, "counters">) => counters.some((name) => names.has(name));
    return (
      this.#sayingOld > 0 || this.#charges.some(isOf) || this.#endings.some((one) => this.#isOld(one) && isOf(one))
    );
  }

  /** Of a hold that was taken before Redis began anew: no counter of now has seen it. */
  #isOld({ epoch }: Ending): boolean {
    return epoch !== this.#epoch && epoch !== "";
  }

  async #sayAll(): Promise<void> {
    this.#say();
    if (this.#saying.size > 0) {
      await Promise.all(this.#saying);
      return;
    }
    if (!this.#link.isReady()) throw new StoreError("unavailable", "Redis is away.");
    await Promise.allSettled(this.#filling.values());
  }

  async #readAndFill(unfilled: readonly Unfilled[]): Promise<void> {
    const started = performance.now();
    const spent = await Promise.all(unfilled.map(({ read }) => read()));
    const values = [String(this.#clock), String(this.#latest), String(performance.now() - started)];
    unfilled.forEach(({ expiresAt }, index) => {
      values.push(String(spent[index] ?? 0), String(expiresAt - this.#latest));
    });
    const keys = [this.#keys.epoch, ...unfilled.map(({ counter }) => this.#keys.counter(counter))];
    await evaluate(this.#link.send, scripts.fill, { keys, values });
  }

  #isTouched({ rates, concurrency, budgets }: Claim): boolean {
    const touched = this.#touched;
    for (const { bucket } of concurrency) if (touched.has(bucket)) return true;
    for (const { bucket } of rates) if (touched.has(bucket)) return true;
    for (const { counter } of budgets) if (touched.has(counter)) return true;
    return false;
  }

  #touch({ rates, concurrency, budgets }: Claim): void {
    for (const { bucket } of concurrency) this.#touched.add(bucket);
    for (const { bucket } of rates) this.#touched.add(bucket);
    for (const { counter } of budgets) this.#touched.add(counter);
  }

  /** Holds that nobody settles would stay otherwise; the oldest stand first. */
  #forgetExpired(now: number): void {
    for (const [id, { claim }] of this.#open) {
      if (claim.expiresAt > now) return;
      this.#open.delete(id);
    }
  }

  #gather(): void {
    this.#endings = this.#bounded(this.#endings);
    this.#charges = this.#bounded(this.#charges);
    if (!this.#link.isReady()) return;
    if (this.#endings.length + this.#charges.length >= BATCH) this.#say();
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#say();
    }, GATHER_MS).unref();
  }

  #bounded<T>(kept: T[]): T[] {
    if (kept.length <= MOST_KEPT) return kept;
    if (!this.#forgetful)
      this.#log.error(`more than ${MOST_KEPT} settlements wait for Redis: the oldest count in full`);
    this.#forgetful = true;
    return kept.slice(MOST_KEPT / 10);
  }

  #say(): void {
    if (!this.#link.isReady()) return;
    for (let said = this.#sayBatch(this.#link.send); said !== undefined; said = this.#sayBatch(this.#link.send));
  }

  /** Resolves to whether it arrived; what did not is kept. Undefined: there is nothing to say. */
  #sayBatch(send: Send): Promise<boolean> | undefined {
    const endings = this.#takeEndings();
    const charges = this.#takeCharges();
    if (this.#endings.length + this.#charges.length === 0) this.#touched.clear();
    if (endings.length + charges.length === 0) return undefined;
    const said = Promise.all([this.#sayEndings(send, endings), this.#sayCharges(send, charges)]).then(
      ([one, other]) => one && other,
    );
    const old = charges.length > 0 || endings.some((ending) => this.#isOld(ending)) ? 1 : 0;
    this.#saying.add(said);
    this.#sayingOld += old;
    return said.finally(() => {
      this.#saying.delete(said);
      this.#sayingOld -= old;
    });
  }

  #takeEndings(): readonly Ending[] {
    if (this.#filling.size === 0) return this.#endings.splice(0, BATCH);
    const isFree = (ending: Ending) => !this.#isOld(ending) || this.#areFree(ending.counters);
    const taken = new Set(this.#endings.filter(isFree).slice(0, BATCH));
    this.#endings = this.#endings.filter((ending) => !taken.has(ending));
    return [...taken];
  }

  #takeCharges(): readonly Charge[] {
    if (this.#charges.length === 0) return [];
    const taken = new Set(this.#charges.filter(({ counters }) => this.#areFree(counters)).slice(0, BATCH));
    this.#charges = this.#charges.filter((charge) => !taken.has(charge));
    return [...taken];
  }

  #areFree(counters: readonly string[]): boolean {
    return !counters.some((counter) => this.#filling.has(counter));
  }

  async #sayEndings(send: Send, endings: readonly Ending[]): Promise<boolean> {
    if (endings.length === 0) return true;
    try {
      const lost = await evaluate(send, scripts.settle, settleArguments(endings, this.#keys, this.#clock));
      if (!Array.isArray(lost)) return true;
      for (const index of lost) {
        const ending = endings[Number(index)];
        if (ending !== undefined) this.#charges.push({ ...ending, key: this.#keys.hold(ending.id) });
      }
      if (lost.length > 0) this.#gather();
      return true;
    } catch {
      this.#endings = [...endings, ...this.#endings];
      return false;
    }
  }

  async #sayCharges(send: Send, charges: readonly Charge[]): Promise<boolean> {
    if (charges.length === 0) return true;
    try {
      await evaluate(send, scripts.charge, chargeArguments(charges, this.#keys, this.#clock));
      return true;
    } catch {
      this.#charges = [...charges, ...this.#charges];
      return false;
    }
  }
}

function evaluate(send: Send, { sha }: Script, { keys, values }: Arguments): Promise<unknown> {
  return send(["EVALSHA", sha, String(keys.length), ...keys, ...values]);
}
