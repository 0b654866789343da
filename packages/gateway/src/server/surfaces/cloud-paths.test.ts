import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { expect, test } from "vitest";
import { bedrockSurface, vertexSurface } from "./cloud-paths.ts";
import { geminiSurface } from "./gemini-path.ts";

function post(url: string): IncomingMessage {
  const message = new IncomingMessage(new Socket());
  message.url = url;
  return message;
}

test.each(["constructor", "toString", "__proto__", "valueOf"])("%s is no method of a model", (name) => {
  const notFound = expect.objectContaining({ code: "not_found" });
  expect(() => bedrockSurface(post(`/model/m/${name}`))).toThrow(notFound);
  expect(() => vertexSurface(post(`/v1/publishers/anthropic/models/m:${name}`))).toThrow(notFound);
  expect(() => geminiSurface(post(`/v1beta/models/m:${name}`))).toThrow(notFound);
});
