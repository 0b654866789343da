import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type Conversation, type Driver, type Failure, type Surface, stainlessClass, type Turn } from "../driver.ts";
import type { SdkReply } from "../examples/sdk.ts";
import type { Asked } from "../refusal-client.ts";

/** A failure that a Python library raised, with the name that its class has there. */
export class PythonFailure extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

interface Reply {
  readonly id: number;
  readonly turn?: Turn;
  /** Of `example.py`. */
  readonly reply?: SdkReply;
  /** Of `refusals.py`. */
  readonly asked?: Asked;
  readonly failure?: Failure;
}

/** One child process with a library, asked over JSON lines. It starts with the first conversation. */
export class PythonProcess {
  readonly #python: string;
  readonly #script: string;
  readonly #waiting = new Map<number, { resolve: (reply: Reply) => void; reject: (error: Error) => void }>();
  #child: ChildProcessWithoutNullStreams | undefined;
  #jobs = 0;
  #errors = "";

  constructor(python: string, script: string) {
    this.#python = python;
    this.#script = fileURLToPath(new URL(`python/${script}`, import.meta.url));
  }

  #start(): ChildProcessWithoutNullStreams {
    const child = spawn(this.#python, ["-u", "-W", "ignore", this.#script]);
    child.stderr.on("data", (data) => {
      this.#errors = `${this.#errors}${data}`.slice(-4_000);
    });
    child.on("close", () => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`${this.#script} ended:\n${this.#errors}`));
      this.#waiting.clear();
    });
    createInterface({ input: child.stdout }).on("line", (line) => {
      const reply: Reply = JSON.parse(line);
      this.#waiting.get(reply.id)?.resolve(reply);
      this.#waiting.delete(reply.id);
    });
    return child;
  }

  send(job: object): Promise<Reply> {
    this.#child ??= this.#start();
    const id = ++this.#jobs;
    const { promise, resolve, reject } = Promise.withResolvers<Reply>();
    this.#waiting.set(id, { resolve, reject });
    this.#child.stdin.write(`${JSON.stringify({ id, ...job })}\n`);
    return promise;
  }

  close(): void {
    this.#child?.stdin.end();
    this.#child = undefined;
  }
}

interface PythonDriver {
  readonly name: string;
  readonly surface: Surface;
  readonly script: string;
  readonly errorClass: Driver["errorClass"];
}

function pythonDriver(python: string, { name, surface, script, errorClass }: PythonDriver): Driver {
  const child = new PythonProcess(python, script);
  let conversations = 0;
  return {
    name,
    surface,
    errorClass,
    failure: (error) => (error instanceof PythonFailure ? error.failure : { name: "Error", message: String(error) }),
    close: () => child.close(),
    open(target, stream): Conversation {
      const conversation = ++conversations;
      const opened = child.send({ op: "open", conversation, target, stream });
      const run = async (job: object): Promise<Turn> => {
        await opened;
        const { turn, failure } = await child.send({ conversation, ...job });
        if (failure !== undefined || turn === undefined) {
          throw new PythonFailure(failure ?? { name: "Error", message: "no turn" });
        }
        return turn;
      };
      return {
        ask: (ask) => run({ op: "ask", ask }),
        answer: (results) => run({ op: "answer", results }),
      };
    },
  };
}

const googleClass = (status: number) => (status >= 500 ? "ServerError" : "ClientError");

const libraries: readonly PythonDriver[] = [
  {
    name: "openai (Python), chat.completions",
    surface: "openai-chat",
    script: "openai_chat.py",
    errorClass: stainlessClass,
  },
  {
    name: "openai (Python), responses",
    surface: "openai-responses",
    script: "openai_responses.py",
    errorClass: stainlessClass,
  },
  {
    name: "anthropic (Python)",
    surface: "anthropic-messages",
    script: "anthropic_messages.py",
    errorClass: stainlessClass,
  },
  { name: "google-genai (Python), chats", surface: "gemini", script: "google_genai.py", errorClass: googleClass },
];

export const pythonDrivers = (python: string): readonly Driver[] =>
  libraries.map((library) => pythonDriver(python, library));
