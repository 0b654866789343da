import type { LossRecorder } from "../../ir/loss.ts";

/** OpenAI's own ids are shorter, and longer ones are refused. https://platform.openai.com/docs/api-reference/responses/create */
const LONGEST = 64;

/** A call id that the API takes: the same one for a call and its output, and another for any other call. */
export function wireCallId(id: string, losses: LossRecorder): string {
  if (id.length <= LONGEST) return id;
  losses.adapt("tool-call-id", `Tool call ids of more than ${LONGEST} characters were shortened.`);
  const digest = `${hash(id, 0x811c9dc5)}${hash(id, 0x9747b28c)}`;
  return `${id.slice(0, LONGEST - digest.length - 1)}_${digest}`;
}

/** FNV-1a, 32 bits, as eight hexadecimal digits: it tells ids apart and guards nothing. */
function hash(text: string, seed: number): string {
  let value = seed;
  for (let at = 0; at < text.length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return (value >>> 0).toString(16).padStart(8, "0");
}
