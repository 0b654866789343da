import { expect, test } from "vitest";
import { lossRecorder } from "../../ir/loss.ts";
import type { Part } from "../../ir/parts.ts";
import type { Message } from "../../ir/request.ts";
import { pairToolCalls } from "./tool-pairing.ts";

const call = (id: string): Part => ({ type: "tool-call", id, name: "f", arguments: "{}" });
const result = (callId: string, text = "ok"): Part => ({
  type: "tool-result",
  callId,
  content: [{ type: "text", text }],
});
const assistant = (...content: readonly Part[]): Message => ({ role: "assistant", content });
const tool = (...content: readonly Part[]): Message => ({ role: "tool", content });
const user: Message = { role: "user", content: [{ type: "text", text: "Hi" }] };

function pair(...messages: readonly Message[]) {
  const losses = lossRecorder();
  return { paired: pairToolCalls(messages, losses), adapted: losses.report().adapted.map((loss) => loss.feature) };
}

test("a conversation that is in order stays as it is", () => {
  const messages = [user, assistant(call("a"), call("b")), tool(result("b"), result("a")), user, assistant()];
  expect(pair(...messages)).toEqual({ paired: messages, adapted: [] });
});

test("results move directly behind their calls, and missing ones are made", () => {
  const { paired, adapted } = pair(assistant(call("a"), call("b")), user, tool(result("a")));
  expect(paired.map((message) => message.role)).toEqual(["assistant", "tool", "user"]);
  expect(paired[1]?.content).toMatchObject([{ callId: "a" }, { callId: "b", isError: true }]);
  expect(adapted).toEqual(["missing-tool-result"]);
});

test("results without their call directly before become user content", () => {
  const { paired, adapted } = pair(user, tool(result("lost", "text")));
  expect(paired).toEqual([user, { role: "user", content: [{ type: "text", text: "text" }] }]);
  expect(adapted).toEqual(["orphan-tool-result"]);
});

test("ids are made valid and unique, by position, and their results follow", () => {
  const { paired } = pair(
    assistant(call("call.1")),
    tool(result("call.1")),
    assistant(call("call.1"), call("")),
    tool(result("call.1"), result("")),
  );
  const ids = paired.flatMap((message) =>
    message.content.map((part) =>
      part.type === "tool-call" ? part.id : part.type === "tool-result" ? part.callId : "",
    ),
  );
  expect(ids).toEqual(["call_1", "call_1", "call_1_2", "call", "call_1_2", "call"]);
});
