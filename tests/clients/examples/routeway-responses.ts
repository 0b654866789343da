import { expect } from "vitest";
import { bearer, type Example, from } from "./example.ts";

const reference = from("https://docs.routeway.ai/api-reference/Responses/responses");
const overview = from("https://docs.routeway.ai/core-concepts/responses/overview");
const turns = from("https://docs.routeway.ai/core-concepts/responses/multi-turn");
const tools = from("https://docs.routeway.ai/core-concepts/responses/built-in-tools");

const path = "/v1/responses";

/** Who keeps the answers: OpenAI its own, Signalbox those of everyone else. */
const keepers = ["gpt-4o", "claude-opus-4-5", "gemini-2.5-flash"];

function conversation(model: string): readonly Example[] {
  const first = `first_${model.replaceAll(/\W/g, "_")}`;
  const second = `second_${model.replaceAll(/\W/g, "_")}`;
  return [
    turns(`a first turn with ${model}`, {
      path,
      headers: bearer,
      body: `{ "model": "${model}", "input": "What is Rust?" }`,
      keeps: { [first]: ["id"] },
      expects: { body: { object: "response", status: "completed", store: true } },
    }),
    turns(`a second turn with ${model}, with instructions of its own`, {
      path,
      headers: bearer,
      body: `{ "model": "${model}", "input": "How does its ownership model work?", "previous_response_id": "{${first}}",
        "instructions": "You are a Rust tutor." }`,
      keeps: { [second]: ["id"] },
      expects: {
        body: { object: "response", status: "completed", previous_response_id: expect.stringMatching(/^resp_/) },
      },
    }),
    turns(`a third turn with ${model}`, {
      path,
      headers: bearer,
      body: `{ "model": "${model}", "input": "Give me a simple code example.", "previous_response_id": "{${second}}" }`,
      expects: { body: { object: "response", status: "completed" } },
    }),
    turns(`the first turn with ${model} is read again`, {
      method: "GET",
      path: `${path}/{${first}}`,
      headers: bearer,
      expects: { body: { object: "response", status: "completed" } },
    }),
    turns(`what the second turn with ${model} was asked with`, {
      method: "GET",
      path: `${path}/{${second}}/input_items`,
      headers: bearer,
      expects: { body: { object: "list", data: expect.any(Array) } },
    }),
    turns(`the first turn with ${model} is deleted`, {
      method: "DELETE",
      path: `${path}/{${first}}`,
      headers: bearer,
      expects: { body: { deleted: true } },
    }),
    turns(`and the first turn with ${model} is gone`, {
      method: "GET",
      path: `${path}/{${first}}`,
      headers: bearer,
      expects: { status: 404 },
    }),
  ];
}

export const routewayResponses: readonly Example[] = [
  overview("the list tells which models may be asked for responses", {
    method: "GET",
    path: "/v1/models",
    headers: bearer,
    expects: {
      body: {
        data: expect.arrayContaining([
          expect.objectContaining({ id: "gpt-4o", endpoints: expect.arrayContaining(["/v1/chat/completions", path]) }),
          expect.objectContaining({ id: "text-embedding-3-small", endpoints: ["/v1/embeddings"] }),
        ]),
      },
    },
  }),
  overview("a response", {
    path,
    headers: bearer,
    body: `{ "model": "gpt-4o", "input": "What is the capital of France?" }`,
    expects: {
      body: { object: "response", status: "completed" },
      upstream: [{ model: "gpt-4o", path }],
    },
  }),
  reference("the fields of an answer", {
    path,
    headers: bearer,
    body: `{ "model": "claude-opus-4-5", "input": "What is the capital of France?" }`,
    expects: {
      body: {
        id: expect.stringMatching(/^resp_/),
        created_at: expect.any(Number),
        incomplete_details: null,
        previous_response_id: null,
        instructions: null,
        error: null,
        tools: [],
        parallel_tool_calls: expect.any(Boolean),
        text: { format: { type: "text" } },
        usage: {
          input_tokens: expect.any(Number),
          output_tokens: expect.any(Number),
          total_tokens: expect.any(Number),
          input_tokens_details: { cached_tokens: 0 },
          output_tokens_details: { reasoning_tokens: expect.any(Number) },
        },
        store: true,
        background: false,
      },
    },
  }),
  ...[
    { type: "web_search" },
    { type: "file_search", vector_store_ids: ["vs_1"] },
    { type: "code_interpreter", container: { type: "auto" } },
  ].map((tool) =>
    tools(`${tool.type}, which the vendor has built in`, {
      path,
      headers: bearer,
      body: `{ "model": "gpt-4o", "input": "The news?", "tools": [${JSON.stringify(tool)}] }`,
      expects: { upstream: [{ model: "gpt-4o", body: { tools: [tool] } }] },
    }),
  ),
  // Upstreams are told of a key's own responses alone: the account there is everybody's.
  turns("a previous response that the key does not have", {
    path,
    headers: bearer,
    body: `{ "model": "gpt-4o", "input": "And now?", "previous_response_id": "resp_1" }`,
    expects: {
      status: 400,
      body: { error: { message: expect.stringContaining("resp_1"), code: "previous_response_not_found" } },
      upstream: [],
    },
  }),
  ...keepers.flatMap(conversation),
];
