/** A step into the configuration: a key of a map, or an index of a list. */
export type PathStep = string | number;

export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface ConfigIssue {
  /** `providers.openai.credentials[0]`; empty for the whole file. */
  readonly path: string;
  readonly message: string;
  readonly position: Position | undefined;
}

/** Everything that is wrong with a configuration, at once. Its message is ready to be shown. */
export class ConfigError extends Error {
  readonly issues: readonly ConfigIssue[];

  constructor(source: string, issues: readonly ConfigIssue[]) {
    super(issues.map((issue) => formatIssue(source, issue)).join("\n"));
    this.name = "ConfigError";
    this.issues = issues;
  }
}

export function formatIssue(source: string, issue: ConfigIssue): string {
  const place = issue.position === undefined ? source : `${source}:${issue.position.line}:${issue.position.column}`;
  return issue.path === "" ? `${place}: ${issue.message}` : `${place}: ${issue.path}: ${issue.message}`;
}

export function formatPath(path: readonly PathStep[]): string {
  return path
    .map((step, index) => {
      if (typeof step === "number") return `[${step}]`;
      const text = /^[A-Za-z0-9_-]+$/.test(step) ? step : JSON.stringify(step);
      return index === 0 ? text : `.${text}`;
    })
    .join("");
}
