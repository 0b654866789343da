import { fork } from "node:child_process";
import { isTold, type Order, type Told } from "./messages.ts";

export interface ModelProcess {
  readonly send: (order: Order) => void;
  readonly kill: () => void;
}

export interface ProcessListener {
  readonly told: (told: Told) => void;
  readonly ended: (why: string) => void;
}

export type StartProcess = (listener: ProcessListener) => ModelProcess;

/** Of the gateway's environment, its keys among it, a library that somebody else installed sees only what it needs. */
const PASSED_ON =
  /^(?:PATH|HOME|USERPROFILE|SYSTEMROOT|TMPDIR|TEMP|TMP|LANG|LC_\w+|(?:DY)?LD_LIBRARY_PATH|OMP_\w+|HF_\w+|(?:HTTPS?|NO)_PROXY|NODE_USE_ENV_PROXY|NODE_EXTRA_CA_CERTS|SSL_CERT_\w+)$/i;

export const passedOn = (environment: Readonly<NodeJS.ProcessEnv>): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => PASSED_ON.test(name)));

export const startProcess: StartProcess = ({ told, ended }) => {
  const isSource = import.meta.url.endsWith(".ts");
  const file = new URL(isSource ? "./model-process.ts" : "./model-process.js", import.meta.url);
  const child = fork(file, {
    // What the user has installed is to be found from where it is installed, and not from here.
    execArgv: ["--experimental-import-meta-resolve"],
    env: passedOn(process.env),
    serialization: "advanced",
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  child.on("message", (message: unknown) => {
    if (isTold(message)) told(message);
  });
  child.once("error", (error) => ended(error.message));
  child.once("exit", (code, signal) => ended(signal ?? `exit code ${code}`));
  child.unref();
  child.channel?.unref();
  return {
    // One that is just ending tells of it by itself.
    send: (order) => void (child.connected && child.send(order, () => {})),
    kill: () => void child.kill("SIGKILL"),
  };
};
