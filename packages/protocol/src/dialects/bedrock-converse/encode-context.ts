import type { LossRecorder } from "../../ir/loss.ts";
import type { EncodeTarget } from "../dialect.ts";
import type { ReplayTarget } from "../shared/replay.ts";
import { type CachePoints, cachePoints } from "./cache-points.ts";
import { familyOf } from "./model-family.ts";
import type { BedrockConverseQuirks, BedrockFamily } from "./quirks.ts";
import { DIALECT } from "./wire.ts";

/** What every encoder of a request's pieces needs. */
export interface EncodeContext {
  readonly target: EncodeTarget<BedrockConverseQuirks>;
  readonly family: BedrockFamily;
  readonly replay: ReplayTarget;
  readonly losses: LossRecorder;
  readonly points: CachePoints;
  /** A document's name as the API takes it; no two documents of a request have the same. */
  readonly documentName: (wanted: string | undefined) => string;
}

export function encodeContext(
  target: EncodeTarget<BedrockConverseQuirks>,
  losses: LossRecorder,
  automaticCache: boolean,
): EncodeContext {
  return {
    target,
    family: familyOf(target),
    replay: { dialect: DIALECT, provider: target.provider, model: target.model },
    losses,
    points: cachePoints(target, losses, automaticCache),
    documentName: documentNames(),
  };
}

const LONGEST_NAME = 200;

/**
 * Letters, digits, single spaces, hyphens, parentheses and square brackets only.
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_DocumentBlock.html
 */
function documentNames(): (wanted: string | undefined) => string {
  const used = new Set<string>();
  return (wanted = "document") => {
    const plain = wanted
      .replaceAll(/[^a-zA-Z0-9\s()[\]-]/g, "-")
      .replaceAll(/\s+/g, " ")
      .trim()
      .slice(0, LONGEST_NAME);
    const base = plain === "" ? "document" : plain.trim();
    let name = base;
    for (let count = 2; used.has(name); count += 1) name = `${base.slice(0, LONGEST_NAME - 8)} ${count}`;
    used.add(name);
    return name;
  };
}
