import type { Surface, Target } from "./driver.ts";

/** An error as the user of a library has it in hand. */
export interface Refused {
  /** Of its class. */
  readonly name: string;
  readonly status?: number;
  readonly message: string;
  /** Where the library has such members. */
  readonly code?: string;
  readonly type?: string;
  readonly param?: string;
  readonly requestId?: string;
  /** Those of the answer's headers that the library hands on and a test asks for. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Asked {
  /** What the model said. */
  readonly text?: string;
  readonly refused?: Refused;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A library as it is when nobody has set anything: it tries again on its own. */
export interface RefusalClient {
  readonly name: string;
  readonly surface: Surface;
  readonly ask: (target: Target, stream: boolean) => Promise<Asked>;
  readonly close?: () => void;
}

/** What is asked of all of them. */
export const QUESTION = "[[say hello]]";

const told = /ratelimit|^retry-after|^x-should-retry$|request-id$/;

export function toldHeaders(headers: Iterable<readonly [string, string]>): Readonly<Record<string, string>> {
  return Object.fromEntries([...headers].filter(([name]) => told.test(name)));
}
