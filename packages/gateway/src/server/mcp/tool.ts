import type { JsonObject, JsonValue } from "@signalbox/protocol";
import { z } from "zod";
import type { Rest, RestAsk } from "./rest.ts";

interface ToolOptions<S extends z.ZodObject> {
  /** In snake_case, as AnyRouter names its tools. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** `GET /v1/keys`: the route that the tool stands for, and whose permission is the tool's. */
  readonly route: string;
  readonly input: S;
  /** What a caller must think of before it lets a model use the tool; absent: it reads. */
  readonly effect?: "changes" | "destroys";
  readonly ask: (input: z.output<S>) => RestAsk;
  /** What of the route's answer is the tool's, where that is not all of it. */
  readonly shape?: (body: JsonObject, input: z.output<S>) => JsonObject;
}

export interface McpTool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly route: string;
  readonly inputSchema: { readonly type: "object"; readonly [keyword: string]: unknown };
  readonly effect: "reads" | "changes" | "destroys";
  /** Throws ToolInputError for what the tool does not take, and RestError with what the route says. */
  readonly call: (input: unknown, rest: Rest) => Promise<JsonObject>;
}

/** The arguments are not what the tool takes. The message names each of them. */
export class ToolInputError extends Error {
  override readonly name = "ToolInputError";
}

export function tool<S extends z.ZodObject>({ input, effect, ask, shape, ...rest }: ToolOptions<S>): McpTool {
  return {
    ...rest,
    effect: effect ?? "reads",
    inputSchema: schemaOf(input),
    async call(written, { ask: askRest }) {
      const read = input.safeParse(written ?? {});
      if (!read.success) throw new ToolInputError(inWords(read.error));
      const body = await askRest(rest.route, ask(read.data));
      return shape === undefined ? body : shape(body, read.data);
    },
  };
}

function schemaOf(input: z.ZodObject): McpTool["inputSchema"] {
  const { $schema: _, ...schema } = z.toJSONSchema(input, { io: "input" });
  return { ...schema, type: "object" };
}

function inWords({ issues }: z.ZodError): string {
  return issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join(".")}: ${message}`)).join("; ");
}

/** An id as it is put into a path: an empty one would be that of the list. */
export const idField = z.string().trim().min(1).max(300);

/** Any JSON value. */
export const jsonField: z.ZodType<JsonValue> = z.json();

export const jsonObjectField = z.record(z.string(), jsonField);
