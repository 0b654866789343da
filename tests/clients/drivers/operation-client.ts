import { PythonFailure, PythonProcess } from "./python.ts";

/** Where a library is sent. */
export interface Place {
  readonly url: () => string;
  readonly key: string;
}

export interface Embedded {
  readonly vectors: readonly (readonly number[])[];
  readonly object?: unknown;
}

export interface Drawing {
  /** Base64, or URLs. */
  readonly images: readonly string[];
  /** Of the events of a stream. */
  readonly types?: readonly string[];
}

export interface Edit extends Readonly<Record<string, unknown>> {
  /** Base64 of PNGs. */
  readonly files: readonly string[];
  readonly mask?: string;
}

export interface Failed {
  readonly name: string;
  readonly status?: number;
  readonly message: string;
}

/** A vendor's library: bodies are its own arguments. */
export interface OperationClient {
  readonly name: string;
  readonly embed: (body: Readonly<Record<string, unknown>>) => Promise<Embedded>;
  readonly draw: (body: Readonly<Record<string, unknown>>) => Promise<Drawing>;
  /** Of Google's `editImage`: what stands beside `prompt` is its own. */
  readonly retouch?: (body: Readonly<Record<string, unknown>>) => Promise<Drawing>;
  readonly edit?: (edit: Edit) => Promise<Drawing>;
  readonly failure: (error: unknown) => Failed;
  readonly close: () => void;
}

/** The same library in Python. */
export function inPython(python: string, library: "openai" | "google", { url, key }: Place): OperationClient {
  const child = new PythonProcess(python, "operations.py");
  const ask = async (way: string, job: object) => {
    const { reply, failure } = await child.send({ library, way, root: url(), key, ...job });
    if (reply === undefined) throw new PythonFailure(failure ?? { name: "Error", message: "no reply" });
    return reply;
  };
  return {
    name: `${library} (Python)`,
    async embed(body) {
      const { vectors = [], object } = await ask("embed", { body });
      return { vectors, object };
    },
    async draw(body) {
      const { images = [], types } = await ask("draw", { body });
      return { images, ...(types !== undefined && { types }) };
    },
    ...(library === "openai" && {
      async edit({ files, mask, ...body }: Edit) {
        const { images = [], types } = await ask("edit", { files, body, ...(mask !== undefined && { mask }) });
        return { images, ...(types !== undefined && { types }) };
      },
    }),
    ...(library === "google" && {
      async retouch(body: Readonly<Record<string, unknown>>) {
        const { images = [] } = await ask("retouch", { body });
        return { images };
      },
    }),
    failure: (error) => (error instanceof PythonFailure ? error.failure : { name: "Error", message: String(error) }),
    close: () => child.close(),
  };
}

/** Cohere's library: bodies are its own arguments, by their JavaScript names. */
export interface CohereClient {
  readonly name: string;
  readonly rank: (body: Readonly<Record<string, unknown>>) => Promise<unknown>;
  readonly embed: (body: Readonly<Record<string, unknown>>) => Promise<unknown>;
  readonly failure: (error: unknown) => Failed;
  readonly close: () => void;
}

const snake = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

export function cohereInPython(python: string, { url, key }: Place): CohereClient {
  const child = new PythonProcess(python, "cohere_v2.py");
  const ask = async (way: string, asked: Readonly<Record<string, unknown>>) => {
    const body = Object.fromEntries(Object.entries(asked).map(([name, value]) => [snake(name), value]));
    const { reply, failure } = await child.send({ way, root: url(), key, body });
    if (reply === undefined) throw new PythonFailure(failure ?? { name: "Error", message: "no reply" });
    return reply.object;
  };
  return {
    name: "cohere (Python)",
    rank: (body) => ask("rank", body),
    embed: (body) => ask("embed", body),
    failure: (error) => (error instanceof PythonFailure ? error.failure : { name: "Error", message: String(error) }),
    close: () => child.close(),
  };
}
