import { afterAll, beforeAll, expect, test } from "vitest";
import { type Simulator, startSimulator } from "../server.ts";

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator();
});
afterAll(() => simulator.close());

async function post(path: string, body: unknown) {
  const answer = await fetch(simulator.url + path, {
    method: "POST",
    headers: { authorization: "Bearer key", "x-goog-api-key": "key", "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return { status: answer.status, text: await answer.text() };
}

const messages = [{ role: "user", content: "a cat" }];
const voice = { voice: "alloy", format: "wav" };

test.each([
  ["/v1", { modalities: ["text", "image"] }, 400, "Supported values are: 'text' and 'audio'."],
  ["/other/v1", { modalities: ["text", "image"] }, 200, '"images":[{'],
  ["/v1", { modalities: ["audio"], audio: voice }, 400, "must be ['text'] or"],
  ["/v1", { modalities: ["text", "audio"] }, 400, "Missing required parameter: 'audio'."],
  ["/v1", { modalities: ["text", "audio"], audio: { ...voice, voice: "Kore" } }, 400, "Invalid value: 'Kore'"],
  ["/v1", { modalities: ["text", "audio"], audio: voice, stream: true }, 400, "Supported values are: 'pcm16'."],
  ["/v1", { modalities: ["text", "audio"], audio: voice }, 200, '"expires_at":'],
])("chat at %s: %j", async (...[prefix, asked, status, part]) => {
  const answer = await post(`${prefix}/chat/completions`, { model: "m", messages, ...asked });
  expect([answer.status, answer.text]).toEqual([status, expect.stringContaining(part)]);
});

const gemini = (model: string, generationConfig: object, history: readonly object[] = []) =>
  post(`/v1beta/models/${model}:generateContent`, {
    contents: [...history, { role: "user", parts: [{ text: "a cat" }] }],
    generationConfig,
  });

test.each([
  [{ responseModalities: ["TEXT", "IMAGE"] }, 200, '"inlineData":{"mimeType":"image/png"'],
  [{ responseModalities: ["AUDIO"] }, 200, "audio/L16;codec=pcm;rate=24000"],
  [{ responseModalities: ["TEXT", "AUDIO"] }, 400, "combination of response modalities"],
  [{ responseModalities: ["SMELL"] }, 400, "response_modalities"],
  [{ imageConfig: { aspectRatio: "7:5" } }, 400, "aspect_ratio"],
  [{ speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: "alloy" } } } }, 400, "Voice name alloy"],
])("Gemini: %j", async (...[config, status, part]) => {
  const answer = await gemini("m", config);
  expect([answer.status, answer.text]).toEqual([status, expect.stringContaining(part)]);
});

test("Gemini 3 wants its signatures back with its pictures, and with what it said first", async () => {
  const config = { responseModalities: ["TEXT", "IMAGE"] };
  const first = await gemini("gemini-3-pro-image", config);
  const user = { role: "user", parts: [{ text: "a cat" }] };
  const { content } = JSON.parse(first.text).candidates[0];
  expect((await gemini("gemini-3-pro-image", config, [user, content])).status).toBe(200);
  const [text, picture] = content.parts;
  const { thoughtSignature: _, ...unsigned } = picture;
  const without = await gemini("gemini-3-pro-image", config, [user, { role: "model", parts: [text, unsigned] }]);
  expect([without.status, without.text]).toEqual([400, expect.stringContaining("Image part is missing")]);
  const bare = await gemini("gemini-3-pro-image", config, [user, { role: "model", parts: [{ text: "Here" }] }]);
  expect(bare.text).toContain("Text part is missing a thought_signature in content position 2, part position 1.");
});

test("a tool that is chosen has to be there", async () => {
  const asked = { model: "m", input: "a cat", tool_choice: { type: "image_generation" } };
  expect((await post("/v1/responses", asked)).status).toBe(400);
  const drawn = await post("/v1/responses", { ...asked, tools: [{ type: "image_generation" }] });
  expect(drawn.text).toContain('"image_generation_call"');
});
