/** What the matrix asks of a client library, in the library's own idiom. One small driver per library and API. */

export type Surface = "openai-chat" | "openai-responses" | "anthropic-messages" | "gemini";

/** Where to, without any path: each driver appends what its library wants in a base URL. */
export interface Target {
  readonly root: string;
  readonly key: string;
  readonly model: string;
}

export interface Tool {
  readonly name: string;
  readonly description: string;
  readonly parameters: { readonly type: "object"; readonly [keyword: string]: unknown };
}

export interface Attachment {
  readonly mediaType: string;
  readonly base64: string;
}

export interface Ask {
  readonly text: string;
  readonly tools?: readonly Tool[];
  readonly thinking?: boolean;
  readonly image?: Attachment;
  readonly pdf?: Attachment;
  readonly schema?: { readonly name: string; readonly schema: Tool["parameters"] };
}

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: unknown;
}

export interface ToolResult {
  readonly id: string;
  readonly name: string;
  readonly output: string;
}

/** What the user of the library sees of one answer. */
export interface Turn {
  readonly text: string;
  readonly thinking: string;
  readonly toolCalls: readonly ToolCall[];
  /** `stop`, `tools` or `length`; anything else as the library says it. */
  readonly finish: string;
  readonly usage: { readonly input: number; readonly output: number };
}

/** One conversation. The library's own objects are its history, so that what it keeps is what is replayed. */
export interface Conversation {
  readonly ask: (ask: Ask) => Promise<Turn>;
  /** Gives the tools' results of the last turn. */
  readonly answer: (results: readonly ToolResult[]) => Promise<Turn>;
}

export interface Failure {
  /** The name of the error's class. */
  readonly name: string;
  readonly status?: number;
  readonly message: string;
}

export interface Driver {
  readonly name: string;
  readonly surface: Surface;
  readonly open: (target: Target, stream: boolean) => Conversation;
  readonly failure: (error: unknown) => Failure;
  /** The class that the library raises for an HTTP status. */
  readonly errorClass: (status: number) => string;
  /** The library has no place for a model's thinking in this API. */
  readonly hidesThinking?: true;
  readonly close?: () => void;
}

/** For libraries that hand out a failed answer as a value. */
export class FailedAnswer extends Error {
  override readonly name = "FailedAnswer";
}

/** A conversation as one who stores it gets it back. */
export const stored = (value: unknown) => JSON.parse(JSON.stringify(value));

const statusClasses: Readonly<Record<number, string>> = {
  400: "BadRequestError",
  401: "AuthenticationError",
  403: "PermissionDeniedError",
  404: "NotFoundError",
  409: "ConflictError",
  422: "UnprocessableEntityError",
  429: "RateLimitError",
};

/** OpenAI's and Anthropic's libraries, in both languages, name their classes alike. */
export function stainlessClass(status: number): string {
  return statusClasses[status] ?? (status >= 500 ? "InternalServerError" : "APIStatusError");
}

export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { name: typeof error, message: String(error) };
  const status = "status" in error ? error.status : "statusCode" in error ? error.statusCode : undefined;
  return {
    name: error.constructor.name,
    message: error.message,
    ...(typeof status === "number" && { status }),
  };
}
