import { answer, openCase, scenarioFaults } from "../../answer.ts";
import { dialects } from "../../dialects/index.ts";
import type { DialectId, Exchange } from "../../exchange.ts";
import { splitModelSuffix } from "../../faults.ts";
import { type Fields, fieldsOf, parseJson } from "../../json.ts";
import type { SimulatorState } from "../../state.ts";

/** What a request would be answered by itself. */
export interface Answered {
  readonly status: number;
  readonly body: Fields;
  readonly usage: { readonly input: number; readonly output: number };
}

export interface Asked {
  readonly dialect: DialectId;
  readonly path: string;
  readonly model: string;
  readonly body: Fields;
}

export function exchangeOf({ path, model, body }: Omit<Asked, "dialect">): Exchange {
  return {
    path,
    query: new URLSearchParams(),
    headers: { "anthropic-version": "2023-06-01" },
    body,
    model,
    baseModel: splitModelSuffix(model).baseModel,
    operation: "generate",
    stream: false,
  };
}

export function run(asked: Asked, state: SimulatorState): Answered {
  const opened = openCase(dialects[asked.dialect], exchangeOf(asked), state);
  const { faults } = scenarioFaults(opened);
  const content = answer({ ...opened, faults, refused: undefined });
  const text = typeof content.body === "string" ? content.body : "";
  return {
    status: content.status,
    body: fieldsOf(parseJson(text)),
    usage: { input: content.usage?.input ?? 0, output: content.usage?.output ?? 0 },
  };
}

/** `[[batch polls=2]]` anywhere in what is asked: so often it is not yet over. */
export const pollsIn = (text: string): number => Number(/\[\[batch polls=(\d{1,3})\]\]/.exec(text)?.[1] ?? 0);

export { accountOf } from "../../dialects/shared.ts";
