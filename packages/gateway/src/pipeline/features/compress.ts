import { type CanonicalRequest, mentions, type Part } from "@signalbox/protocol";
import type { EndpointDialect } from "../../config/quirks.ts";
import { middleOut } from "../../features/compression/middle-out.ts";
import { applyOverrides } from "../../routing/overrides.ts";
import type { PlannedAttempt } from "../../routing/plan.ts";
import type { Plan, Target } from "../../routing/target.ts";
import type { ClientRequest } from "../client-request.ts";
import type { Reworked } from "../rework.ts";
import type { Compressing } from "./compress-eras.ts";
import { type Made, type Making, type Sending, startMaking } from "./compress-once.ts";
import { roomAt } from "./compress-room.ts";

/**
 * The request with what compresses it on its way to each target; the request itself where nothing does. A promise where the engine
 * takes its time. An engine that fails is told of in a warning, and fails nothing.
 */
export function compressed(
  exchange: Compressing,
  request: ClientRequest,
  { features, targets }: Pick<Plan, "features" | "targets">,
): ClientRequest | Promise<ClientRequest> {
  const templated = targets.filter(compressesTemplates);
  const isWished = mentions(request.bytes, request.scan, "compression") && hasWish(request.canonical());
  const isWhole = features.compression !== undefined;
  const mayCut = features.middleOut === true;
  if (!isWhole && !mayCut && templated.length === 0 && !isWished) return request;
  const { make, ahead } = startMaking(exchange, request, features);
  const sendingTo = ({ overrides, model }: Target): Sending => ({
    given: overrides === undefined ? request.canonical() : applyOverrides(request.canonical(), overrides).request,
    model,
  });
  const shorten = (sending: Sending, target: Target): Shortened | undefined =>
    mayCut ? shortened(make, sending, roomAt(target, request)) : undefined;

  const withRework = (): ClientRequest => {
    const made = isWhole || isWished ? targets.map((target) => make(sendingTo(target))) : [];
    // What is told of an audit, or of nothing gained, needs no other lane.
    const told = made.find(({ isTold }) => isTold);
    if (told !== undefined) exchange.outcome.compression = told.outcome;
    const isPlain = !made.some(({ isChanged }) => isChanged) && templated.length === 0;
    if (isPlain && !targets.some((target) => shorten(sendingTo(target), target) !== undefined)) return request;
    const rework = (given: CanonicalRequest, { target, endpoint }: PlannedAttempt): Reworked => {
      const sending = { given, model: target.model };
      return reworked(exchange, { whole: make(sending), cut: shorten(sending, target), at: endpoint.dialect });
    };
    return { ...request, reworks: [...(request.reworks ?? []), rework] };
  };
  const waits = ahead(targets.map(sendingTo));
  return waits === undefined ? withRework() : waits.then(withRework);
}

const compressesTemplates = ({ overrides }: Target): boolean =>
  overrides?.templateCompression !== undefined ||
  overrides?.templates?.some(({ compression }) => compression !== undefined) === true;

const isWish = (part: Part): boolean => part.compression !== undefined;

const hasWish = ({ instructions, messages }: CanonicalRequest): boolean =>
  instructions.some(isWish) || messages.some(({ content }) => content.some(isWish));

interface Shortened {
  readonly made: Made;
  readonly left: number;
}

/** The middle is left out of what was asked, so that nothing is pointed to that is not there; the rest is compressed then. */
function shortened(make: Making["make"], sending: Sending, room: number): Shortened | undefined {
  if (middleOut(make(sending).request, room) === undefined) return undefined;
  const cut = middleOut(sending.given, room);
  return cut === undefined ? undefined : { made: make({ ...sending, given: cut.request }), left: cut.left };
}

interface Ways {
  readonly whole: Made;
  readonly cut: Shortened | undefined;
  readonly at: EndpointDialect;
}

function reworked({ outcome }: Compressing, { whole, cut, at }: Ways): Reworked {
  if (cut === undefined) {
    if (whole.isTold) outcome.compression = whole.outcomeAt(at);
    return { request: whole.request };
  }
  outcome.compression = { ...cut.made.outcomeAt(at), cacheRisk: "rewrite" };
  const detail = `${cut.left} messages of the middle were left out: all of them are longer than the model can read.`;
  return { request: cut.made.request, adapted: [{ feature: "middle-out", detail }] };
}
