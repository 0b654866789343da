import { groupOf, type Looked, type Put, type StoreSize, type Terms, type ValueStore } from "./values.ts";

/** Of an entry beside its value: the map's slot, the object, its name and its marks. */
const OVERHEAD_BYTES = 400;

interface Entry {
  readonly value: string;
  readonly marks: readonly string[];
  readonly stamp: string;
  readonly bytes: number;
  readonly expiresAt: number;
}

export interface MemoryValuesOptions {
  /** Of all entries, as it is now: what was asked for last stays longest. */
  readonly limitBytes: () => number;
  /** Milliseconds that never go back. */
  readonly now?: () => number;
}

/** In this process: the least recently used goes first. */
export class MemoryValues implements ValueStore {
  readonly kind = "memory";
  readonly #limitBytes: () => number;
  readonly #now: () => number;
  /** In the order of their last use. */
  readonly #entries = new Map<string, Entry>();
  readonly #renewed = new Map<string, number>();
  /** By groups of names. */
  readonly #dropped = new Map<string, number>();
  #generation = 0;
  #count = 0;
  #bytes = 0;

  constructor({ limitBytes, now = () => performance.now() }: MemoryValuesOptions) {
    this.#limitBytes = limitBytes;
    this.#now = now;
  }

  readonly get = (name: string, marks: readonly string[]): Looked => {
    const stamp = this.#stampFor(name, this.#stampOf(marks));
    const entry = this.#fresh(name);
    if (entry === undefined) return { stamp };
    if (entry.stamp !== this.#stampOf(entry.marks)) {
      this.#forget(name, entry);
      return { stamp };
    }
    this.#entries.delete(name);
    this.#entries.set(name, entry);
    return { value: entry.value, stamp };
  };

  readonly put = (name: string, value: string, { marks, stamp: begun, ttlMs }: Terms): Put => {
    const stamp = this.#stampOf(marks);
    if (begun !== this.#stampFor(name, stamp)) return "purged";
    const bytes = bytesOf(value) + name.length + OVERHEAD_BYTES;
    const limit = this.#limitBytes();
    const before = this.#entries.get(name);
    if (before !== undefined) this.#forget(name, before);
    if (bytes > limit) return "lost";
    this.#entries.set(name, { value, marks, stamp, bytes, expiresAt: this.#now() + ttlMs });
    this.#bytes += bytes;
    for (const [oldest, entry] of this.#entries) {
      if (this.#bytes <= limit) break;
      this.#forget(oldest, entry);
    }
    return "kept";
  };

  readonly peek = async (name: string): Promise<string | undefined> => {
    const entry = this.#fresh(name);
    return entry?.stamp === this.#stampOf(entry?.marks ?? []) ? entry?.value : undefined;
  };

  readonly drop = async (name: string): Promise<boolean> => {
    this.#count++;
    this.#dropped.set(groupOf(name), this.#count);
    const entry = this.#fresh(name);
    if (entry !== undefined) this.#forget(name, entry);
    return entry !== undefined;
  };

  readonly renew = async (mark?: string): Promise<void> => {
    this.#count++;
    if (mark === undefined) {
      this.#generation = this.#count;
      this.#renewed.clear();
      this.#dropped.clear();
      this.#entries.clear();
      this.#bytes = 0;
      return;
    }
    this.#renewed.set(mark, this.#count);
    for (const [name, entry] of this.#entries) if (entry.marks.includes(mark)) this.#forget(name, entry);
  };

  readonly size = (): StoreSize => ({
    entries: this.#entries.size,
    bytes: this.#bytes,
    limitBytes: this.#limitBytes(),
  });

  readonly close = (): void => {
    this.#entries.clear();
    this.#bytes = 0;
  };

  #stampOf(marks: readonly string[]): string {
    let stamp = String(this.#generation);
    if (this.#renewed.size === 0) return stamp;
    for (const mark of marks) {
      const renewed = this.#renewed.get(mark);
      if (renewed !== undefined) stamp += ` ${mark}=${renewed}`;
    }
    return stamp;
  }

  /** Of what is put: it must not have been dropped meanwhile. */
  #stampFor(name: string, stamp: string): string {
    const dropped = this.#dropped.size === 0 ? undefined : this.#dropped.get(groupOf(name));
    return dropped === undefined ? stamp : `${dropped} of ${stamp}`;
  }

  #fresh(name: string): Entry | undefined {
    const entry = this.#entries.get(name);
    if (entry === undefined || entry.expiresAt > this.#now()) return entry;
    this.#forget(name, entry);
    return undefined;
  }

  #forget(name: string, { bytes }: Entry): void {
    this.#entries.delete(name);
    this.#bytes -= bytes;
  }
}

/** As V8 keeps a string: two bytes for each unit where one is beyond Latin-1. */
function bytesOf(value: string): number {
  return /[^\0-\xff]/.test(value) ? 2 * value.length : value.length;
}
