import { listModels } from "../catalogue/list-models.ts";
import type { Snapshot } from "../catalogue/snapshot.ts";

export interface BannerFacts {
  readonly url: string;
  readonly snapshot: Snapshot;
  /** The client key, if it was made at this start. */
  readonly key: string | undefined;
}

/** What a person sees once the gateway accepts requests. The first line is also what scripts wait for. */
export function banner({ url, snapshot, key }: BannerFacts): string {
  const shownKey = key ?? "$SIGNALBOX_KEY";
  return [
    `Signalbox listens on ${url}`,
    "",
    `  providers   ${providersLine(snapshot)}`,
    `  client key  ${keyLine(key)}`,
    "",
    "OpenAI SDK, curl:",
    `  ${curlChat(url, shownKey, exampleModel(snapshot))}`,
    "Claude Code:",
    `  ${claudeCode(url, shownKey, snapshot)}`,
    "Gemini SDK, curl:",
    `  ${curlGemini(url, shownKey, exampleModel(snapshot))}`,
    "",
  ].join("\n");
}

function providersLine(snapshot: Snapshot): string {
  if (snapshot.simulator) {
    return "none configured, so the built-in simulator answers (set OPENAI_API_KEY, ANTHROPIC_API_KEY, …)";
  }
  return [...snapshot.providers.keys()].join(", ");
}

function keyLine(key: string | undefined): string {
  if (key === undefined) return 'shown at the first start; "signalbox keys new" makes another';
  return `${key}  (shown only now: keep it)`;
}

function curlChat(url: string, key: string, model: string): string {
  const body = JSON.stringify({ model, stream: true, messages: [{ role: "user", content: "Hello!" }] });
  const headers = `-H "Authorization: Bearer ${key}" -H "Content-Type: application/json"`;
  return `curl -N ${url}/v1/chat/completions ${headers} -d '${body}'`;
}

function claudeCode(url: string, key: string, snapshot: Snapshot): string {
  const ownModels = snapshot.simulator || snapshot.providers.has("anthropic");
  const model = ownModels ? "" : ` --model ${exampleModel(snapshot)}`;
  return `ANTHROPIC_BASE_URL=${url} ANTHROPIC_AUTH_TOKEN=${key} claude${model}`;
}

function curlGemini(url: string, key: string, model: string): string {
  const body = JSON.stringify({ contents: [{ parts: [{ text: "Hello!" }] }] });
  const headers = `-H "x-goog-api-key: ${key}" -H "Content-Type: application/json"`;
  return `curl -N "${url}/v1beta/models/${model}:streamGenerateContent?alt=sse" ${headers} -d '${body}'`;
}

/** A name that works here and now. */
function exampleModel(snapshot: Snapshot): string {
  const [first] = listModels(snapshot);
  if (first !== undefined) return first.id;
  const [provider = "PROVIDER"] = snapshot.providers.keys();
  return `${provider}/MODEL`;
}
