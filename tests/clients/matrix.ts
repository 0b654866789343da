import { expect } from "vitest";
import type { Ask, Attachment, Conversation, Driver, Failure, Surface, Target, Tool, Turn } from "./driver.ts";

/** One cell of the matrix. */
export interface Cell {
  readonly driver: Driver;
  readonly target: Target;
  readonly stream: boolean;
  /** The dialect that the upstream speaks. */
  readonly egress: Surface;
  /** The bodies that arrived upstream since the cell began, as text. */
  readonly arrived: () => readonly string[];
}

export interface Scenario {
  readonly name: string;
  readonly run: (cell: Cell) => Promise<void>;
  /** Asks something of the gateway that no vendor promises. */
  readonly gatewayOnly?: true;
}

const weather: Tool = {
  name: "get_weather",
  description: "The weather of a city.",
  parameters: {
    type: "object",
    properties: { city: { type: "string" }, days: { type: "integer" } },
    required: ["city"],
    additionalProperties: false,
  },
};
const clock: Tool = {
  name: "get_time",
  description: "The time in a zone.",
  parameters: {
    type: "object",
    properties: { zone: { type: "string" } },
    required: ["zone"],
    additionalProperties: false,
  },
};

const forecast = {
  name: "forecast",
  schema: {
    type: "object" as const,
    properties: { city: { type: "string" }, days: { type: "integer" }, sunny: { type: "boolean" } },
    required: ["city", "days", "sunny"],
    additionalProperties: false,
  },
};

export const png: Attachment = {
  mediaType: "image/png",
  base64: "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
};
export const pdf: Attachment = {
  mediaType: "application/pdf",
  base64: Buffer.from("%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n").toString("base64"),
};

const bytesOf = ({ base64 }: Attachment) => Buffer.from(base64, "base64").length;
const open = ({ driver, target, stream }: Cell): Conversation => driver.open(target, stream);

async function failureOf(cell: Cell, ask: Ask, target = cell.target): Promise<Failure> {
  const outcome = await cell.driver
    .open(target, cell.stream)
    .ask(ask)
    .then(
      (turn) => ({ turn }),
      (error: unknown) => ({ error }),
    );
  if ("turn" in outcome) expect.unreachable(`no error, but ${JSON.stringify(outcome.turn)}`);
  return cell.driver.failure(outcome.error);
}

/** The results of a turn's calls, told apart by their arguments. */
const resultsOf = (turn: Turn) =>
  turn.toolCalls.map((call) => ({
    id: call.id,
    name: call.name,
    output: `result of ${call.name} ${Object.values(call.arguments ?? {}).join(" ")}`,
  }));

async function text(cell: Cell): Promise<void> {
  const turn = await open(cell).ask({ text: '[[say Grüße, 世界 🚆 "quoted" \\ done.]]' });
  expect(turn).toMatchObject({ text: 'Grüße, 世界 🚆 "quoted" \\ done.', toolCalls: [], finish: "stop" });
  expect(turn.usage.input).toBeGreaterThan(0);
  expect(turn.usage.output).toBeGreaterThan(0);
}

async function length(cell: Cell): Promise<void> {
  const turn = await open(cell).ask({ text: "[[length]]" });
  expect(turn.finish).toBe("length");
}

async function toolLoop(cell: Cell): Promise<void> {
  const conversation = open(cell);
  const turn = await conversation.ask({
    text: 'What now? [[tool get_weather {"city":"Zürich","days":2}]]',
    tools: [weather, clock],
  });
  expect(turn.toolCalls.map(({ name, arguments: given }) => [name, given])).toEqual([
    ["get_weather", { city: "Zürich", days: 2 }],
  ]);
  expect(turn.finish).toBe("tools");
  const end = await conversation.answer(resultsOf(turn));
  expect(end.text).toContain("Tool said:");
  expect(end.text).toContain("result of get_weather Zürich 2");
  expect(end.finish).toBe("stop");
}

async function parallelTools(cell: Cell): Promise<void> {
  const conversation = open(cell);
  const turn = await conversation.ask({
    text: '[[tool get_weather {"city":"Oslo"}]] [[tool get_weather {"city":"Rome"}]] [[tool get_time {"zone":"CET"}]]',
    tools: [weather, clock],
  });
  expect(turn.toolCalls.map(({ name, arguments: given }) => [name, given])).toEqual([
    ["get_weather", { city: "Oslo" }],
    ["get_weather", { city: "Rome" }],
    ["get_time", { zone: "CET" }],
  ]);
  const ids = turn.toolCalls.map(({ id }) => id).filter((id) => id !== "");
  expect(new Set(ids).size).toBe(ids.length);
  const end = await conversation.answer(resultsOf(turn));
  for (const wanted of ["get_weather Oslo", "get_weather Rome", "get_time CET"]) {
    expect(end.text).toContain(`result of ${wanted}`);
  }
}

/** The field in which each dialect replays what only its model can read. */
const opaqueField: Readonly<Partial<Record<Surface, string>>> = {
  "anthropic-messages": '"signature"',
  "openai-responses": '"encrypted_content"',
  gemini: '"thoughtSignature"',
};

/** Chat completions have no field for it but the tool call's id, which carries Gemini's. */
function replaysOpaque({ driver, egress }: Cell): boolean {
  return driver.surface === "openai-chat" ? egress === "gemini" : egress !== "openai-chat";
}

/** The simulator answers 400 to a signature that is not its own, so that three good answers prove the replay. */
async function thinkingReplay(cell: Cell): Promise<void> {
  const conversation = open(cell);
  const ask = { tools: [weather], thinking: true };
  const turn = await conversation.ask({
    text: '[[think They want the weather.]] [[tool get_weather {"city":"Bern"}]]',
    ...ask,
  });
  if (!cell.driver.hidesThinking) expect(turn.thinking).toContain("They want the weather.");
  expect(turn.toolCalls.map(({ arguments: given }) => given)).toEqual([{ city: "Bern" }]);
  const end = await conversation.answer(resultsOf(turn));
  expect(end.text).toContain("result of get_weather Bern");
  const replayed = cell.arrived().at(-1) ?? "";
  if (replaysOpaque(cell)) expect(replayed).toContain(opaqueField[cell.egress]);
  const last = await conversation.ask({ text: "[[say Goodbye.]]", ...ask });
  expect(last.text).toContain("Goodbye.");
}

/** The last body that arrived. Gemini takes both base64 alphabets, and Google's Python library sends the URL-safe one. */
function lastArrived({ arrived, egress }: Cell): string {
  const body = arrived().at(-1) ?? "";
  return egress === "gemini" ? body.replaceAll("-", "+").replaceAll("_", "/") : body;
}

async function image(cell: Cell): Promise<void> {
  const turn = await open(cell).ask({ text: "What is this?", image: png });
  expect(turn.text).toContain(`[saw image/png ${bytesOf(png)} bytes]`);
  expect(lastArrived(cell)).toContain(png.base64);
}

async function document(cell: Cell): Promise<void> {
  const turn = await open(cell).ask({ text: "Summarise.", pdf });
  expect(turn.text).toContain(`[saw application/pdf ${bytesOf(pdf)} bytes]`);
  expect(lastArrived(cell)).toContain(pdf.base64);
}

async function jsonSchema(cell: Cell): Promise<void> {
  const turn = await open(cell).ask({ text: "The weather, please.", schema: forecast });
  expect(JSON.parse(turn.text)).toEqual({
    city: expect.any(String),
    days: expect.any(Number),
    sunny: expect.any(Boolean),
  });
  expect(cell.arrived().at(-1)).toContain('"sunny"');
}

const vendorError = (fault: string, status: number): Scenario => ({
  name: `error ${fault}`,
  run: async (cell) => {
    const failure = await failureOf(cell, { text: `[[fault ${fault}]]` });
    expect(failure).toMatchObject({ name: cell.driver.errorClass(status), status });
    expect(failure.message).not.toBe("");
  },
});

async function serverError(cell: Cell): Promise<void> {
  const failure = await failureOf(cell, { text: "[[fault status=500]]" });
  expect(failure.name).toBe(cell.driver.errorClass(500));
  expect(failure.status).toBeGreaterThanOrEqual(500);
}

async function wrongKey(cell: Cell): Promise<void> {
  const failure = await failureOf(cell, { text: "Hi" }, { ...cell.target, key: "not-a-key-of-this-gateway" });
  expect(failure).toMatchObject({ name: cell.driver.errorClass(401), status: 401 });
  expect(cell.arrived()).toEqual([]);
}

async function unknownModel(cell: Cell): Promise<void> {
  const failure = await failureOf(cell, { text: "Hi" }, { ...cell.target, model: "no-such-provider/no-such-model" });
  expect(failure).toMatchObject({ name: cell.driver.errorClass(404), status: 404 });
  expect(cell.arrived()).toEqual([]);
}

/** A vendor's cut stream looks complete to most libraries; the gateway turns it into an error that they raise. */
async function cutStream(cell: Cell): Promise<void> {
  const fault = cell.stream ? "cut-after=6" : "cut-after=1";
  const failure = await failureOf(cell, { text: `[[fault ${fault}]] [[stream 40]]` });
  expect(failure.message).not.toBe("");
  if (!cell.stream) expect(failure).toMatchObject({ name: cell.driver.errorClass(502), status: 502 });
}

async function errorInStream(cell: Cell): Promise<void> {
  const fault = cell.stream ? "error-after=6" : "ok-with-error-body";
  const failure = await failureOf(cell, { text: `[[fault ${fault}]] [[stream 40]]` });
  expect(failure.message).not.toBe("");
}

export const scenarios: readonly Scenario[] = [
  { name: "text", run: text },
  { name: "length", run: length },
  { name: "tool loop", run: toolLoop },
  { name: "parallel tools", run: parallelTools },
  { name: "thinking replay", run: thinkingReplay },
  { name: "image", run: image },
  { name: "PDF", run: document },
  { name: "JSON schema", run: jsonSchema },
  vendorError("status=400", 400),
  vendorError("status=429", 429),
  vendorError("context-overflow", 400),
  { name: "error status=500", run: serverError },
  { name: "error in the stream", run: errorInStream, gatewayOnly: true },
  { name: "cut stream", run: cutStream, gatewayOnly: true },
  { name: "wrong key", run: wrongKey, gatewayOnly: true },
  { name: "unknown model", run: unknownModel, gatewayOnly: true },
];
