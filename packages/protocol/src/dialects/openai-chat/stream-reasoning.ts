import type { StreamEvent } from "../../ir/events.ts";
import type { JsonObject } from "../../ir/json.ts";
import type { Origin } from "../../ir/origin.ts";
import { compact, stringOf } from "../../json/read.ts";
import type { PartLifecycle } from "../shared/part-lifecycle.ts";
import { formOfDetail, opaqueOfDetail, partOfDetail, textOfDetail } from "./reasoning-details.ts";
import { ENVELOPE_FORMAT, ownOpaque, withoutNulls } from "./wire.ts";

/** The thinking of one streamed answer: plain text, or pieces of `reasoning_details` entries. One part is open at a time. */
export interface StreamReasoning {
  readonly plain: (text: string) => readonly StreamEvent[];
  readonly detail: (piece: JsonObject) => readonly StreamEvent[];
  readonly close: () => readonly StreamEvent[];
}

const PLAIN = "reasoning:plain";

interface OpenReasoning {
  readonly key: string;
  /** The fields of the entry so far; undefined for plain text, which has none. */
  readonly entry: JsonObject | undefined;
}

export function streamReasoning(life: PartLifecycle, origin: Origin): StreamReasoning {
  let open: OpenReasoning | undefined;

  const close = (): readonly StreamEvent[] => {
    if (open === undefined) return [];
    const { key, entry } = open;
    open = undefined;
    const opaque = entry === undefined ? undefined : opaqueOfDetail(entry, origin).opaque;
    return [...(opaque === undefined ? [] : life.delta(key, { type: "opaque", opaque })), ...life.close(key)];
  };

  const textDelta = (key: string, text: string): readonly StreamEvent[] =>
    text === "" ? [] : life.delta(key, { type: "text", text });

  return {
    close,
    plain(text) {
      if (text === "") return [];
      const events: StreamEvent[] = [];
      if (open?.key !== PLAIN) {
        events.push(...close());
        open = { key: PLAIN, entry: undefined };
        events.push(...life.open(PLAIN, { type: "reasoning", form: "full", text: "", opaque: ownOpaque(origin, "") }));
      }
      return [...events, ...textDelta(PLAIN, text)];
    },
    detail(piece) {
      const form = formOfDetail(piece);
      if (form === "redacted") return [...close(), ...life.whole(partOfDetail(piece, origin))];
      const key = `reasoning:${form}:${String(piece["index"] ?? 0)}`;
      const events: StreamEvent[] = [];
      if (open?.key !== key) {
        events.push(...close());
        const id = piece["format"] === ENVELOPE_FORMAT ? stringOf(piece["id"]) : undefined;
        events.push(...life.open(key, compact({ type: "reasoning", form, text: "", id })));
        open = { key, entry: {} };
      }
      open = { key, entry: { ...open?.entry, ...withoutNulls(piece) } };
      return [...events, ...textDelta(key, textOfDetail(piece))];
    },
  };
}
