import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Simulator, startSimulator } from "@signalbox/simulator";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

/** AWS's own library against the simulator's Bedrock: what fails here is the simulator's fault, never the gateway's. */

const installed = existsSync(fileURLToPath(new URL("node_modules/@aws-sdk/client-bedrock-runtime", import.meta.url)));
const sdk = installed ? await import("@aws-sdk/client-bedrock-runtime") : undefined;
const http = sdk === undefined ? undefined : await import("@smithy/node-http-handler");
const modelId = "us.anthropic.claude-sim-v1:0";

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator();
});
afterAll(() => simulator.close());

describe.runIf(sdk !== undefined)("@aws-sdk/client-bedrock-runtime", () => {
  const clientFor = (accessKeyId = "AKIDEXAMPLE") => {
    if (sdk === undefined || http === undefined) throw new Error("The library is not installed.");
    return new sdk.BedrockRuntimeClient({
      region: "us-east-1",
      endpoint: simulator.url,
      credentials: { accessKeyId, secretAccessKey: "a-secret" },
      maxAttempts: 1,
      requestHandler: new http.NodeHttpHandler(),
    });
  };
  const ask = (text: string) => ({ modelId, messages: [{ role: "user" as const, content: [{ text }] }] });
  const toolConfig = { tools: [{ toolSpec: { name: "add", inputSchema: { json: { type: "object" } } } }] };

  test("reads a whole answer: thinking, text, a call and its usage", async () => {
    if (sdk === undefined) return;
    const command = new sdk.ConverseCommand({
      ...ask('[[think a plan]] [[say so]] [[tool add {"a": 1}]]'),
      toolConfig,
    });
    const { output, stopReason, usage } = await clientFor().send(command);
    expect(output?.message?.content).toMatchObject([
      { reasoningContent: { reasoningText: { text: "a plan", signature: expect.any(String) } } },
      { text: "so" },
      { toolUse: { name: "add", input: { a: 1 } } },
    ]);
    expect(stopReason).toBe("tool_use");
    expect(usage?.totalTokens).toBe((usage?.inputTokens ?? 0) + (usage?.outputTokens ?? 0));
  });

  test("reads a stream to its metadata", async () => {
    if (sdk === undefined) return;
    const command = new sdk.ConverseStreamCommand({
      ...ask("[[redacted]] [[say all aboard]] [[cite https://example.org]]"),
    });
    const events: string[] = [];
    let text = "";
    for await (const event of (await clientFor().send(command)).stream ?? []) {
      events.push(...Object.keys(event));
      text += event.contentBlockDelta?.delta?.text ?? "";
    }
    expect(text).toContain("all aboard");
    expect(events[0]).toBe("messageStart");
    expect(events.slice(-2)).toEqual(["messageStop", "metadata"]);
  });

  test("raises the exception that a stream ends with", async () => {
    if (sdk === undefined) return;
    const command = new sdk.ConverseStreamCommand(ask("[[fault error-after=4]] [[text 50]]"));
    const read = async () => {
      for await (const _ of (await clientFor().send(command)).stream ?? []);
    };
    await expect(read()).rejects.toBeInstanceOf(sdk.ServiceUnavailableException);
  });

  test("reads Anthropic's own chunks", async () => {
    if (sdk === undefined) return;
    const body = JSON.stringify({
      anthropic_version: "bedrock-2023-05-31",
      max_tokens: 64,
      messages: [{ role: "user", content: "[[say hi]]" }],
    });
    const command = new sdk.InvokeModelWithResponseStreamCommand({ modelId, body, contentType: "application/json" });
    const types: unknown[] = [];
    for await (const { chunk } of (await clientFor().send(command)).body ?? []) {
      types.push(JSON.parse(new TextDecoder().decode(chunk?.bytes)).type);
    }
    expect(types.at(-1)).toBe("message_stop");
  });

  test.each([
    ["AKIDEXAMPLE", " ", "ValidationException"],
    ["BADKEY", "hi", "UnrecognizedClientException"],
  ])("names what %s is refused for", async (key, text, name) => {
    if (sdk === undefined) return;
    await expect(clientFor(key).send(new sdk.ConverseCommand(ask(text)))).rejects.toMatchObject({ name });
  });
});
