import { type JsonObject, scanObject } from "@signalbox/protocol";
import { expect, test } from "vitest";
import type { SurfaceDialect } from "../config/quirks.ts";
import { askedOutputs } from "./asked-outputs.ts";

function outputsOf(dialect: SurfaceDialect, body: JsonObject) {
  const bytes = Buffer.from(JSON.stringify(body));
  return askedOutputs({ bytes, scan: scanObject(bytes), dialect });
}

const picture = { type: "image_generation" };

test.each<readonly [SurfaceDialect, JsonObject, readonly string[]]>([
  ["openai-chat", { modalities: ["image", "text"] }, ["image"]],
  ["openai-chat", { modalities: ["text", "audio"] }, ["audio"]],
  ["openai-chat", { modalities: ["text"] }, []],
  ["openai-chat", { modalities: null }, []],
  ["openai-chat", { modalities: "x".repeat(10_000) }, []],
  ["openai-chat", { messages: [{ modalities: ["image"] }] }, []],
  ["gemini", { generationConfig: { responseModalities: ["TEXT", "IMAGE"] } }, ["image"]],
  ["gemini", { generation_config: { response_modalities: ["AUDIO"] } }, ["audio"]],
  ["openai-responses", { tools: [picture], tool_choice: picture }, ["image"]],
  ["openai-responses", { tools: [picture], tool_choice: "auto" }, []],
  ["anthropic-messages", { modalities: ["image"] }, []],
])("%s: %j", (dialect, body, outputs) => {
  expect(outputsOf(dialect, body)).toEqual(outputs);
});
