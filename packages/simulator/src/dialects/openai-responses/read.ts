import type { Exchange } from "../../exchange.ts";
import { type Fields, fieldsOf, listOf, textOf } from "../../json.ts";
import {
  describeDataUrl,
  describeUrl,
  type OutputWish,
  type RequestView,
  type SearchWish,
  type ToolResult,
  type Turn,
} from "../../request-view.ts";
import type { SimulatorState } from "../../state.ts";

export function read(exchange: Exchange, state: SimulatorState): RequestView {
  const { body } = exchange;
  const items = conversationItems(body, state);
  const inside = items.filter(isSystem).flatMap((item) => textsOf(item["content"]));
  return {
    system: [textOf(body["instructions"]) ?? "", ...inside].filter((text) => text !== "").join("\n"),
    turns: readTurns(items),
    output:
      fieldsOf(body["tool_choice"])["type"] === "image_generation"
        ? { type: "image" }
        : readOutput(fieldsOf(fieldsOf(body["text"])["format"])),
    search: readSearch(body),
    thinking: "on-demand",
  };
}

/** The input, behind the stored conversation that it continues. */
export function conversationItems(body: Fields, { storedResponses }: SimulatorState): readonly Fields[] {
  const before = storedResponses.get(textOf(body["previous_response_id"]) ?? "");
  const said = before === undefined ? [] : [...before.items, ...listOf(before.response["output"]).map(fieldsOf)];
  return [...said, ...inputItems(body["input"])];
}

export function inputItems(input: unknown): readonly Fields[] {
  return typeof input === "string" ? [{ type: "message", role: "user", content: input }] : listOf(input).map(fieldsOf);
}

export const itemType = (item: Fields): string => textOf(item["type"]) ?? "message";
export const isCall = (item: Fields): boolean => /^(function|custom_tool)_call$/.test(itemType(item));
export const isCallOutput = (item: Fields): boolean => /^(function|custom_tool)_call_output$/.test(itemType(item));

const isSystem = ({ role }: Fields): boolean => role === "system" || role === "developer";

/** The items of one model turn stand in a row; its calls are one turn with calls. */
function readTurns(items: readonly Fields[]): readonly Turn[] {
  const turns: Turn[] = [];
  let calls = 0;
  let inModelTurn = false;
  const closeModelTurn = (): void => {
    if (inModelTurn) turns.push({ role: "assistant", calls });
    inModelTurn = false;
    calls = 0;
  };
  for (const item of items) {
    const turn = readInput(item);
    if (turn === undefined) {
      inModelTurn = true;
      if (isCall(item)) calls += 1;
    } else {
      closeModelTurn();
      if (turn !== "system") turns.push(turn);
    }
  }
  closeModelTurn();
  return turns;
}

/** Undefined for what the model said. */
function readInput(item: Fields): Turn | "system" | undefined {
  if (isCallOutput(item)) return { role: "tool", results: [readResult(item)] };
  if (itemType(item) !== "message") return undefined;
  if (isSystem(item)) return "system";
  if (item["role"] !== "user") return undefined;
  return { role: "user", texts: textsOf(item["content"]), media: mediaOf(item["content"]) };
}

function readResult(item: Fields): ToolResult {
  const output = item["output"];
  return { id: textOf(item["call_id"]) ?? "", text: textsOf(output).join("\n"), media: mediaOf(output) };
}

function textsOf(content: unknown): readonly string[] {
  if (typeof content === "string") return [content];
  return listOf(content)
    .map((part) => textOf(fieldsOf(part)["text"]))
    .filter((text) => text !== undefined);
}

function mediaOf(content: unknown): readonly string[] {
  return listOf(content)
    .map((part) => describe(fieldsOf(part)))
    .filter((description) => description !== undefined);
}

function describe({ type, image_url, file_data, file_url, file_id }: Fields): string | undefined {
  if (type === "input_image") return describeDataUrl("image", textOf(image_url) ?? textOf(file_id) ?? "");
  if (type !== "input_file") return undefined;
  const data = textOf(file_data);
  return data === undefined
    ? describeUrl("file", textOf(file_url) ?? textOf(file_id) ?? "")
    : describeDataUrl("application/pdf", data);
}

function readOutput({ type, schema }: Fields): OutputWish {
  if (type === "json_object") return { type: "json" };
  return type === "json_schema" ? { type: "json", schema: fieldsOf(schema) } : { type: "text" };
}

/** `excluded_domains` is xAI's. https://docs.x.ai/developers/tools/web-search */
function readSearch(body: Fields): SearchWish | undefined {
  const tools = listOf(body["tools"]).map(fieldsOf);
  const tool = tools.find(({ type }) => textOf(type)?.startsWith("web_search") === true);
  if (tool === undefined) return undefined;
  const { allowed_domains, blocked_domains, excluded_domains } = fieldsOf(tool["filters"]);
  return {
    allowed: listOf(allowed_domains).map(String),
    blocked: listOf(blocked_domains ?? excluded_domains).map(String),
  };
}
