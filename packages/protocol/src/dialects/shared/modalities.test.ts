import { expect, test } from "vitest";
import { lossRecorder } from "../../ir/loss.ts";
import type { CanonicalRequest } from "../../ir/request.ts";
import { givenModalities, onlyText, withoutImageTool, withSpokenWords } from "./modalities.ts";
import { voiceAt } from "./voices.ts";

const request: CanonicalRequest = {
  model: "m",
  stream: false,
  instructions: [],
  messages: [],
  tools: [],
  sampling: {},
};
const features = (losses: ReturnType<typeof lossRecorder>) => {
  const { dropped, adapted } = losses.report();
  return { dropped: dropped.map(({ feature }) => feature), adapted: adapted.map(({ feature }) => feature) };
};

test("what an endpoint does not give is left out of several, and refused where it is all", () => {
  const losses = lossRecorder();
  expect(givenModalities({ modalities: ["text", "image"] }, ["text"], losses)).toEqual(["text"]);
  expect(features(losses).dropped).toEqual(["image-output"]);
  expect(givenModalities({}, ["text"], losses)).toBeUndefined();
  expect(() => givenModalities({ modalities: ["image"] }, ["text", "audio"], losses)).toThrow(
    expect.objectContaining({ code: "unsupported_feature", message: expect.stringContaining("images") }),
  );
});

test("how pictures and sounds are to be is lost where there are none", () => {
  const losses = lossRecorder();
  onlyText({ ...request, imageOutput: { size: "2K" }, audioOutput: { voice: "alloy" } }, losses);
  expect(features(losses).dropped).toEqual(["image-output", "audio-output"]);
});

test("OpenAI's tool that draws is said by the modality, and other tools stay", () => {
  const losses = lossRecorder();
  const tool = (type: string) => ({ type: "hosted", dialect: "openai-responses", definition: { type } }) as const;
  const asked: CanonicalRequest = {
    ...request,
    modalities: ["text", "image"],
    tools: [tool("image_generation"), tool("web_search")],
    toolChoice: tool("image_generation"),
  };
  const { tools, toolChoice } = withoutImageTool(asked, losses);
  expect({ tools, toolChoice }).toEqual({ tools: [tool("web_search")], toolChoice: undefined });
  expect(features(losses).adapted).toEqual(["image-output"]);
  const { modalities: _, ...offered } = asked;
  expect(withoutImageTool(offered, losses)).toBe(offered);
});

test("what a model said aloud is its words, where they are known", () => {
  const losses = lossRecorder();
  const sound = { type: "media", kind: "audio", source: { type: "base64", data: "AAAA" } } as const;
  const said: CanonicalRequest = {
    ...request,
    messages: [
      { role: "assistant", content: [{ ...sound, transcript: "Hello" }, sound] },
      { role: "user", content: [{ ...sound, transcript: "mine" }] },
    ],
  };
  expect(withSpokenWords(said, losses).messages).toEqual([
    { role: "assistant", content: [{ type: "text", text: "Hello" }, sound] },
    { role: "user", content: [{ ...sound, transcript: "mine" }] },
  ]);
  expect(features(losses).adapted).toEqual(["assistant-audio"]);
});

test("a voice is spoken by its vendor alone", () => {
  const losses = lossRecorder();
  expect(voiceAt("gemini", "puck", losses)).toBe("Puck");
  expect(voiceAt("openai", "my-own-voice", losses)).toBe("my-own-voice");
  expect(features(losses).adapted).toEqual([]);
  expect(voiceAt("gemini", "alloy", losses)).toBe("Kore");
  expect(voiceAt("openai", "Kore", losses)).toBe("alloy");
  expect(features(losses).adapted).toEqual(["voice", "voice"]);
});
