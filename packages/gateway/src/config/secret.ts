/** A secret behind a function, so that no logger, inspector or JSON text can show it by accident. */
export interface Secret {
  readonly reveal: () => string;
}

export function secret(value: string): Secret {
  return { reveal: () => value };
}

export type Environment = Readonly<Record<string, string | undefined>>;

export interface SecretSources {
  readonly environment: Environment;
  /** Throws when there is no such file or it cannot be read. */
  readonly readFile: (path: string) => string;
  /** What is found is not the secret itself, but a stand-in: what is in an account cannot be judged. */
  readonly standIns?: true;
}

export type SecretResult =
  | { readonly ok: true; readonly secret: Secret }
  | { readonly ok: false; readonly message: string };

/** Follows `env:NAME` and `file:/path`; any other text is the secret itself. Messages never hold a value. */
export function resolveSecret(text: string, sources: SecretSources): SecretResult {
  const found = lookUp(text, sources);
  if (typeof found !== "string") return found;
  if (found === "") return { ok: false, message: "the secret is empty" };
  return { ok: true, secret: secret(found) };
}

function lookUp(text: string, sources: SecretSources): string | (SecretResult & { readonly ok: false }) {
  if (text.startsWith("env:")) return fromEnvironment(text.slice(4), sources.environment);
  if (text.startsWith("file:")) return fromFile(text.slice(5), sources.readFile);
  return text;
}

function fromEnvironment(name: string, environment: Environment): string | (SecretResult & { readonly ok: false }) {
  // A name that is not one may be a secret that somebody put behind the prefix: do not repeat it.
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    return { ok: false, message: 'what follows "env:" is not the name of an environment variable' };
  }
  const value = environment[name]?.trim();
  if (value === undefined || value === "") {
    return { ok: false, message: `the environment variable ${name} is not set` };
  }
  return value;
}

function fromFile(path: string, readFile: SecretSources["readFile"]): string | (SecretResult & { readonly ok: false }) {
  if (path === "") return { ok: false, message: 'a path must follow "file:"' };
  try {
    return readFile(path).trim();
  } catch (error) {
    return { ok: false, message: `cannot read the file ${path}: ${whyUnreadable(error)}` };
  }
}

const reasons: ReadonlyMap<string, string> = new Map([
  ["ENOENT", "it does not exist"],
  ["EACCES", "permission denied"],
  ["EISDIR", "it is a folder"],
]);

/** `ENOENT` and the like; the full message would repeat the path. */
export function errorCode(error: unknown): string {
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  return "unreadable";
}

export function whyUnreadable(error: unknown): string {
  const code = errorCode(error);
  return reasons.get(code) ?? code;
}
