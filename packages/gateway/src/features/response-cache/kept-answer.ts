import { type CanonicalResponse, isObject, type JsonValue, type LossReport, parseJson } from "@signalbox/protocol";
import type { Verdict } from "../guardrails/verdict.ts";

/** An answer that may be given again. */
export interface KeptAnswer {
  /** Whose it is: `org:…` or `key:…`. */
  readonly tenant: string;
  /** Of the request as it was written: another one may have been found to say the same. */
  readonly exact: string;
  /** Without what is of the one answer: its id, its time, the ids of its items. */
  readonly response: CanonicalResponse;
  /** What the upstream was not told, or told differently. */
  readonly losses: LossReport;
  /** What guards found in the request and in the answer; absent: none looked. */
  readonly guardrails?: readonly Verdict[];
  /** Who answered. */
  readonly provider: string;
  readonly model: string;
  /** Of the provider's endpoints then: under another address its models are others. */
  readonly place: string;
  /** A budget was nearly used up, and the cheapest went first: who has one left does not ask for such an answer. */
  readonly isThrifty?: true;
  /** The router that was asked. */
  readonly router?: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly ttlSeconds: number;
}

/** Of what is written here: entries of another form are not read. */
const FORM = 2;

export function writeKept(kept: KeptAnswer): string {
  return JSON.stringify({ form: FORM, ...kept });
}

/** Undefined: it is none, or one of another version. */
export function readKept(text: string): KeptAnswer | undefined {
  try {
    const value: unknown = parseJson(text);
    return isKept(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Only this gateway writes them, and sealed where others could: what is checked is that nothing was cut or is of another form. */
function isKept(value: unknown): value is KeptAnswer {
  if (!isObject(value) || value["form"] !== FORM) return false;
  const { tenant, exact, response, losses, guardrails = [], provider, model, place, createdAt, ttlSeconds } = value;
  return (
    [tenant, exact, provider, model, place].every(isText) &&
    [createdAt, ttlSeconds].every((count) => typeof count === "number") &&
    isObject(losses) &&
    [losses["dropped"], losses["adapted"], guardrails].every(isListOfObjects) &&
    isObject(response) &&
    isListOfObjects(response["parts"]) &&
    isObject(response["finishReason"])
  );
}

const isListOfObjects = (value: JsonValue | undefined): boolean => Array.isArray(value) && value.every(isObject);

const isText = (value: JsonValue | undefined): boolean => typeof value === "string";
