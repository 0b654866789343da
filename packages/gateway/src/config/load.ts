import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { type ConvertOptions, convertConfig } from "./convert.ts";
import { defaultDataFolder, defaultSettings } from "./defaults.ts";
import { readDocument } from "./document.ts";
import { ConfigError } from "./issues.ts";
import { configSchema } from "./schema.ts";
import { type Environment, secret, whyUnreadable } from "./secret.ts";
import type { Config } from "./settings.ts";
import { gatherProblems, type Problems } from "./source.ts";
import { toConfigIssues } from "./zod-issues.ts";

/** A configuration, and where to complain about what only later steps can know to be wrong. */
export interface LoadedConfig {
  readonly config: Config;
  readonly problems: Problems;
}

/** Reads and checks a configuration file. Throws ConfigError with every problem in it, each with line and column. */
export function loadConfig(file: string, environment: Environment): LoadedConfig {
  const folder = dirname(resolve(file));
  const text = readText(file);
  return parseConfig(text, {
    name: file,
    folder,
    sources: { environment, readFile: (path) => readFileSync(resolve(folder, path), "utf8") },
  });
}

export interface ParseOptions extends ConvertOptions {
  /** What messages call the file. */
  readonly name: string;
}

export function parseConfig(text: string, options: ParseOptions): LoadedConfig {
  const document = readDocument(text);
  const problems = gatherProblems(options.name, document);
  problems.addAll(document.issues);
  problems.check();

  const result = configSchema.safeParse(document.value);
  if (!result.success) {
    problems.addAll(toConfigIssues(result.error.issues, document));
    problems.check();
    throw new ConfigError(options.name, []);
  }
  const config = convertConfig(result.data, options, problems);
  problems.check();
  return { config, problems };
}

/** Without a file: every default, `DATABASE_URL`, `REDIS_URL`, `SIGNALBOX_ENCRYPTION_KEY`, and whichever providers have their key in the environment. */
export function fromEnvironment(folder: string, environment: Environment): LoadedConfig {
  const named = (name: string) => {
    const value = environment[name]?.trim();
    return value === undefined || value === "" ? undefined : secret(value);
  };
  const config: Config = {
    ...defaultSettings,
    data: resolve(folder, defaultDataFolder),
    keys: [],
    providers: undefined,
    models: new Map(),
    database: named("DATABASE_URL"),
    redis: named("REDIS_URL"),
    encryptionKey: named("SIGNALBOX_ENCRYPTION_KEY"),
    routers: [],
  };
  return { config, problems: gatherProblems("environment") };
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const issue = { path: "", message: `cannot read the file: ${whyUnreadable(error)}`, position: undefined };
    throw new ConfigError(file, [issue]);
  }
}
