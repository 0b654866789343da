import type { StreamEvent } from "../../ir/events.ts";
import type { JsonObject } from "../../ir/json.ts";
import type { Origin } from "../../ir/origin.ts";
import { compact, stringOf } from "../../json/read.ts";
import type { PartLifecycle } from "../shared/part-lifecycle.ts";
import { base64Joiner, soundTypeOf } from "../shared/sound.ts";
import { audioParts } from "./decode-assistant.ts";

/** `delta.audio`: an id, then pieces of the words and of the sound in any order. */
export interface StreamSound {
  readonly accept: (audio: JsonObject) => readonly StreamEvent[];
  readonly close: () => readonly StreamEvent[];
}

const SOUND = "sound";

export function streamSound(life: PartLifecycle, origin: Origin): StreamSound {
  const joiner = base64Joiner();
  let said: JsonObject = {};
  /** Words that came before the sound: what kind of sound it is shows in its first piece. */
  let words = "";
  let isOpen = false;

  const open = (data: string): readonly StreamEvent[] => {
    isOpen = true;
    const source = { type: "base64", data: "" } as const;
    const transcript = words === "" ? undefined : words;
    const part = { type: "media", kind: "audio", mediaType: soundTypeOf(data), source } as const;
    return life.open(SOUND, compact({ ...part, transcript, id: stringOf(said["id"]) || undefined }));
  };

  return {
    accept(audio) {
      const { data, transcript, ...rest } = audio;
      said = { ...said, ...rest };
      const text = stringOf(transcript) ?? "";
      const piece = stringOf(data) ?? "";
      if (!isOpen) words += text;
      const spoken = isOpen && text !== "" ? life.delta(SOUND, { type: "transcript", text }) : [];
      if (piece === "") return spoken;
      const opened = isOpen ? [] : open(piece);
      const joined = joiner.push(piece);
      return [...spoken, ...opened, ...(joined === "" ? [] : life.delta(SOUND, { type: "data", data: joined }))];
    },
    close() {
      if (!isOpen) return wordsAlone();
      const rest = joiner.end();
      return [...(rest === "" ? [] : life.delta(SOUND, { type: "data", data: rest })), ...life.close(SOUND)];
    },
  };

  function wordsAlone(): readonly StreamEvent[] {
    if (Object.keys(said).length === 0 && words === "") return [];
    const audio = compact({ ...said, transcript: words === "" ? undefined : words });
    return audioParts(audio, { origin }).flatMap((part) => life.whole(part));
  }
}
