import type { IncomingHttpHeaders } from "node:http";
import { sessionHeader } from "../routing/session.ts";

const LONGEST_NAME = 200;

/** What a client calls its conversation and its sub-agents. https://code.claude.com/docs/en/llm-gateway-protocol */
export interface CallerNames {
  readonly session?: string;
  readonly agent?: string;
  readonly parentAgent?: string;
}

export function callerNames(headers: IncomingHttpHeaders): CallerNames {
  const session = short(sessionHeader(headers));
  const agent = short(headers["x-claude-code-agent-id"]);
  const parentAgent = short(headers["x-claude-code-parent-agent-id"]);
  if (session === undefined && agent === undefined) return NAMELESS;
  return {
    ...(session === undefined ? {} : { session }),
    ...(agent === undefined ? {} : { agent }),
    ...(parentAgent === undefined ? {} : { parentAgent }),
  };
}

const NAMELESS: CallerNames = {};

function short(value: string | string[] | undefined): string | undefined {
  const first = Array.isArray(value) ? value[0] : value;
  return first === undefined || first === "" ? undefined : first.slice(0, LONGEST_NAME);
}
