import type { ConfigDocument } from "./document.ts";
import { ConfigError, type ConfigIssue, formatPath, type PathStep } from "./issues.ts";

/** Gathers what is wrong with one configuration, with the place where each thing was written. */
export interface Problems {
  readonly add: (path: readonly PathStep[], message: string, place?: "key" | "value") => void;
  readonly addAll: (issues: readonly ConfigIssue[]) => void;
  /** Throws them all, if there are any. */
  readonly check: () => void;
}

export function gatherProblems(name: string, document?: Pick<ConfigDocument, "locate">): Problems {
  const issues: ConfigIssue[] = [];
  return {
    add: (path, message, place = "value") => {
      issues.push({ path: formatPath(path), message, position: document?.locate(path, place === "key") });
    },
    addAll: (more) => {
      issues.push(...more);
    },
    check: () => {
      if (issues.length > 0) throw new ConfigError(name, issues);
    },
  };
}
