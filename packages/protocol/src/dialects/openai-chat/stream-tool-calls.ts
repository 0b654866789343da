import type { StreamEvent } from "../../ir/events.ts";
import type { JsonObject } from "../../ir/json.ts";
import type { Origin } from "../../ir/origin.ts";
import type { ToolCallPart } from "../../ir/parts.ts";
import { parseJsonObject } from "../../json/parse.ts";
import { compact, numberOf, objectOf, stringOf } from "../../json/read.ts";
import { type Carried, openToolCallId } from "../shared/envelope.ts";
import type { PartLifecycle } from "../shared/part-lifecycle.ts";
import { argumentsText, callOpaque } from "./decode-assistant.ts";

/**
 * The calls of one streamed answer. They are told apart by id, then by index: gateways have been seen to give every call
 * index 0, to send whole calls without ids, to repeat the id on every piece or to give a piece a new one.
 */
export interface StreamToolCalls {
  readonly accept: (entry: JsonObject, idPrefix: string) => readonly StreamEvent[];
  /** Opens what never got a name. */
  readonly flush: () => readonly StreamEvent[];
  readonly seen: () => boolean;
}

interface Call {
  readonly key: string;
  readonly index: number | undefined;
  readonly id: string;
  readonly wireId: string | undefined;
  readonly carried: readonly Carried[];
  name: string;
  text: string;
  open: boolean;
  readonly input: "text" | undefined;
  opaque: ToolCallPart["opaque"];
}

interface Piece {
  readonly index: number | undefined;
  readonly wireId: string | undefined;
  readonly name: string;
  readonly text: string;
}

export interface ToolCallHost {
  readonly life: PartLifecycle;
  readonly origin: Origin;
  /** Closes what a call follows, told what the call's id carries for it. */
  readonly beforeCall: (carried: readonly Carried[]) => readonly StreamEvent[];
}

export function streamToolCalls(host: ToolCallHost): StreamToolCalls {
  const calls: Call[] = [];

  /** Arguments that are whole cannot grow, so those calls are over: a client whose wire has one at a time need not wait. */
  const closeWhole = (): readonly StreamEvent[] => {
    const isWhole = ({ open, input, text }: Call) => open && input === undefined && parseJsonObject(text) !== undefined;
    return calls.filter(isWhole).flatMap((call) => host.life.close(call.key));
  };

  const start = (call: Call): readonly StreamEvent[] => {
    const closed = closeWhole();
    call.open = true;
    const { id, name, input, opaque } = call;
    const part: ToolCallPart = compact({ type: "tool-call", id, name, arguments: "", input, opaque });
    const before = host.beforeCall(call.carried);
    return [...closed, ...before, ...host.life.open(call.key, part), ...argumentsDelta(call.key, call.text)];
  };

  const argumentsDelta = (key: string, text: string): readonly StreamEvent[] =>
    text === "" ? [] : host.life.delta(key, { type: "arguments", text });

  const begin = (piece: Piece, custom: boolean, idPrefix: string): Call => {
    const opened = openToolCallId(piece.wireId ?? `${idPrefix}_${calls.length}`);
    const taken = calls.some((call) => call.id === opened.id);
    const call: Call = {
      key: `tool:${calls.length}`,
      index: piece.index,
      id: taken ? `${opened.id}_${calls.length}` : opened.id,
      wireId: piece.wireId,
      carried: opened.carried,
      name: "",
      text: "",
      open: false,
      input: custom ? "text" : undefined,
      opaque: opened.carried.find((value) => value.of === "tool-call")?.opaque,
    };
    calls.push(call);
    return call;
  };

  return {
    accept(entry, idPrefix) {
      const piece = pieceOf(entry);
      const call = findCall(calls, piece) ?? begin(piece, entry["custom"] !== undefined, idPrefix);
      const opaque = call.opaque === undefined ? callOpaque(entry, host.origin) : undefined;
      call.opaque ??= opaque;
      call.text += piece.text;
      if (call.open) {
        const late = opaque === undefined ? [] : host.life.delta(call.key, { type: "opaque", opaque });
        return [...late, ...argumentsDelta(call.key, piece.text)];
      }
      call.name = piece.name;
      return call.name === "" ? [] : start(call);
    },
    flush: () => calls.filter((call) => !call.open).flatMap(start),
    seen: () => calls.length > 0,
  };
}

function pieceOf(entry: JsonObject): Piece {
  const custom = objectOf(entry["custom"]);
  const named = custom ?? objectOf(entry["function"]) ?? {};
  return {
    index: numberOf(entry["index"]),
    wireId: stringOf(entry["id"]) || undefined,
    name: stringOf(named["name"]) ?? "",
    text: argumentsText(custom === undefined ? named["arguments"] : custom["input"]),
  };
}

/** The call that a piece continues, or undefined when it begins one. */
function findCall(calls: readonly Call[], piece: Piece): Call | undefined {
  const { wireId, index } = piece;
  const sameIndex = (call: Call) => index === undefined || call.index === index;
  if (wireId !== undefined) {
    const same = calls.findLast((call) => call.wireId === wireId && sameIndex(call));
    if (same !== undefined || piece.name !== "") return same;
  }
  const candidate = calls.findLast(sameIndex);
  if (candidate === undefined || piece.name === "") return candidate;
  // A repeated name continues a call whose arguments are not whole yet; after whole arguments it is another call.
  const whole = parseJsonObject(candidate.text) !== undefined;
  const unnamed = candidate.name === "";
  return unnamed || (candidate.name === piece.name && !whole) ? candidate : undefined;
}
