import type { ModelOrder, Told } from "./messages.ts";
import { type Answer, createModelQueue } from "./model-queue.ts";
import { type ModelProcess, type StartProcess, startProcess } from "./start-process.ts";

/** One process that holds one model. */
export interface ModelHost {
  readonly state: () => "loading" | "ready" | "absent";
  /** Never rejects, and takes no longer than the limit. One piece of work is done at a time. */
  readonly ask: (texts: readonly string[], share: number) => Promise<Answer>;
  readonly close: () => void;
}

export interface ModelHostOptions {
  readonly order: Omit<ModelOrder, "kind">;
  readonly log: Readonly<Record<"info" | "warn" | "error", (about: object, words: string) => void>>;
  readonly start?: StartProcess;
}

/** A request waits no longer, in the queue and at the model together. */
export const LIMIT_MS = 5_000;
export const RESTART_MS = 60_000;

export function startModelHost({ order, log, start = startProcess }: ModelHostOptions): ModelHost {
  const { model } = order;
  let state: ReturnType<ModelHost["state"]> = "loading";
  let current: ModelProcess | undefined;
  let restart: NodeJS.Timeout | undefined;
  const queue = createModelQueue({
    limitMs: LIMIT_MS,
    send: (texts) => current?.send(texts),
    hangs: () => current?.kill(),
  });

  const told = (message: Told): void => {
    switch (message.kind) {
      case "ready":
        state = "ready";
        log.info({ model }, "The compression engine llmlingua-2 is ready.");
        return;
      case "unloadable":
        log.warn({ model }, unloadable(message));
        stop();
        return;
      case "compressed":
        queue.done(message.id, { texts: message.texts });
        return;
      case "gave-up":
        log.warn({ why: message.why }, "The compression engine llmlingua-2 did not compress a text.");
        queue.done(message.id, { failure: "failed" });
        return;
    }
  };
  const ended = (why: string): void => {
    const wasReady = state === "ready";
    stop();
    // What could not even load would only fall over again.
    const after = wasReady ? `It is started again in ${RESTART_MS / 1_000} seconds.` : UNTIL_RELOAD;
    log.error({ model, why }, `The process of the compression engine llmlingua-2 has ended. ${after}`);
    if (wasReady) restart = setTimeout(run, RESTART_MS).unref();
  };
  const run = (): void => {
    state = "loading";
    // What one says that was stopped is nobody's concern.
    const isCurrent = () => current === started;
    const started = start({
      told: (message) => isCurrent() && told(message),
      ended: (why) => isCurrent() && ended(why),
    });
    current = started;
    started.send({ kind: "load", ...order });
  };
  const stop = (): void => {
    clearTimeout(restart);
    state = "absent";
    const stopped = current;
    current = undefined;
    stopped?.kill();
    queue.failAll();
  };
  run();
  return {
    state: () => state,
    ask: (texts, share) => (state === "ready" ? queue.ask(texts, share) : Promise.resolve({ failure: state })),
    close: stop,
  };
}

const UNTIL_RELOAD = "Until the configuration is read again, texts are compressed by the extractive engine.";

/** As the documentation says it. */
export const INSTALL = "npm install @atjsh/llmlingua-2@3 @huggingface/transformers@4 js-tiktoken@1";

function unloadable({ isMissing, why }: { readonly isMissing: boolean; readonly why: string }): string {
  const said = isMissing
    ? `The compression engine llmlingua-2 is not installed: ${why}. In the folder of the configuration, run: ${INSTALL}.`
    : `The model of the compression engine llmlingua-2 could not be loaded: ${why}.`;
  return `${said} ${UNTIL_RELOAD}`;
}
