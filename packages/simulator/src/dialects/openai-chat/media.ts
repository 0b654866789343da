import { type Fields, fieldsOf, listOf, textOf } from "../../json.ts";
import { type ReplyPart, samplesOf, type TextReply } from "../../reply.ts";
import type { Answer } from "../dialect.ts";
import { createdAt } from "../shared.ts";

type Image = Extract<ReplyPart, { type: "image" }>;

/** Whether this answer may hold pictures: whoever asks for them gets past the validation only where there are some. */
export const draws = ({ exchange }: Answer): boolean => listOf(exchange.body["modalities"]).includes("image");

export const imageEntry = (image: Image, index: number): Fields => ({
  index,
  type: "image_url",
  image_url: { url: `data:${image.mediaType};base64,${image.base64}` },
});

export const spokenOf = (parts: readonly ReplyPart[]): readonly TextReply[] =>
  parts.filter((part) => part.type === "text").filter((part) => part.spoken === true);

export const soundHead = ({ reply }: Answer): Fields => ({ id: `audio_${reply.seed.slice(0, 24)}` });

export const soundTail = ({ reply }: Answer): Fields => ({ expires_at: createdAt(reply.seed) + 3600 });

export function wholeSound(spoken: readonly TextReply[], answer: Answer): Fields {
  const transcript = spoken.map(({ text }) => text).join("");
  const format = textOf(fieldsOf(answer.exchange.body["audio"])["format"]) ?? "wav";
  const data = inFormat(samplesOf(transcript), format).toString("base64");
  return { ...soundHead(answer), data, ...soundTail(answer), transcript };
}

/** As far as one sees at the beginning of a file. */
const HEADS: Readonly<Record<string, string>> = {
  wav: "RIFF\u0000\u0000\u0000\u0000WAVE",
  mp3: "ID3\u0004",
  opus: "OggS\u0000",
  flac: "fLaC",
  aac: "\u00ff\u00f1",
};

const inFormat = (samples: Buffer, format: string): Buffer =>
  Buffer.concat([Buffer.from(HEADS[format] ?? "", "latin1"), samples]);

/** Words and samples take turns, each piece of samples with padding of its own. */
export function* soundDeltas(part: TextReply): Iterable<Fields> {
  for (const piece of part.pieces) {
    yield { audio: { transcript: piece } };
    yield { audio: { data: samplesOf(piece).toString("base64") } };
  }
}
