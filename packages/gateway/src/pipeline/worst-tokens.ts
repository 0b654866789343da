import { outputCap, type WorstTokens } from "../accounting/worst-case.ts";
import type { ClientKey } from "../config/settings.ts";
import { answersWanted } from "../routing/request-features.ts";
import { speaks } from "../routing/serving.ts";
import type { RequestOverrides, Target } from "../routing/target.ts";
import type { ClientRequest } from "./client-request.ts";
import type { Exchange } from "./exchange.ts";
import { requestView } from "./request-view.ts";

/** The rough estimate takes four characters for a token; some texts have three. */
export const FEWEST_CHARACTERS_PER_TOKEN = 3;

/**
 * What a request may use at most, whichever of the targets answers it. Who is not limited by it is not counted for: a rough figure
 * does for the ledger.
 */
export function worstTokens(
  exchange: Exchange,
  request: ClientRequest,
  { key, targets }: { readonly key: ClientKey; readonly targets: readonly Target[] },
): Pick<WorstTokens, "input" | "output"> {
  if (!isCounted(key)) return { input: Math.ceil(request.bytes.length / 4), output: longestAnswer(targets, undefined) };
  const { dialect } = exchange.surface;
  const { inputTokens, maxOutputTokens } = requestView(exchange, request).features();
  const answers = answersWanted({ bytes: request.bytes, scan: request.scan, dialect });
  // A translated request is for one answer.
  const output = targets.map((target) => {
    const times = speaks(target, dialect) ? answers : 1;
    return times * longestAnswer([target], maxOutputTokens);
  });
  const added = Math.max(0, ...targets.map(({ overrides }) => charactersIn(overrides) / FEWEST_CHARACTERS_PER_TOKEN));
  return { input: Math.ceil((inputTokens * 4) / FEWEST_CHARACTERS_PER_TOKEN + added), output: Math.max(0, ...output) };
}

/** Something limits how many tokens or how much money it uses. */
export function isCounted({ policies }: ClientKey): boolean {
  return policies.some(
    ({ policy }) => (policy.budgets?.length ?? 0) > 0 || policy.limits?.some(({ unit }) => unit === "tokens") === true,
  );
}

/** What a router says stands over what the client asked. */
function longestAnswer(targets: readonly Target[], asked: number | undefined): number {
  return targets.reduce(
    (most, target) => Math.max(most, outputCap(target, target.overrides?.generation?.maxOutputTokens ?? asked)),
    0,
  );
}

/** What a router's templates add to the request, filled. */
function charactersIn({ templates = [], promptVariables = {} }: RequestOverrides = {}): number {
  if (templates.length === 0) return 0;
  const text = JSON.stringify(templates);
  return Object.entries(promptVariables).reduce(
    (sum, [name, value]) => sum + (text.split(name).length - 1) * value.length,
    text.length,
  );
}
