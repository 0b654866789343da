/** A coding agent as a user runs it: its own program, its own settings, one base URL changed. */
export interface Agent {
  readonly name: string;
  /** The dialect that it speaks to us. */
  readonly surface: Surface;
  /** The program that must be installed, and other files without which it does not start. */
  readonly program: string;
  /** The simulator's directive for a call of the agent's own tool that runs a command. */
  readonly shell: (command: string) => string;
  readonly run: (job: Job) => Promise<Outcome>;
}

export type Surface = "openai-chat" | "openai-responses" | "anthropic-messages" | "gemini";

export interface Job {
  /** Where to, without any path: each driver appends what its agent wants in a base URL. */
  readonly baseUrl: string;
  readonly key: string;
  readonly model: string;
  readonly prompt: string;
  /** An empty folder, into which the driver writes the agent's settings. */
  readonly home: string;
  readonly cwd: string;
  /** When it is stopped, should it not have ended. */
  readonly limitMs: number;
}

export interface Outcome {
  /** Undefined when it had to be stopped. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}
