import type { CanonicalRequest, Part } from "@signalbox/protocol";
import { middleOut } from "../../features/compression/middle-out.ts";
import { applyOverrides } from "../../routing/overrides.ts";
import type { PlannedAttempt } from "../../routing/plan.ts";
import type { Plan, Target } from "../../routing/target.ts";
import type { ClientRequest } from "../client-request.ts";
import type { Reworked } from "../rework.ts";
import type { Compressing } from "./compress-eras.ts";
import { type Made, startMaking } from "./compress-once.ts";
import { roomAt } from "./compress-room.ts";

/** In bodies that nobody has decoded: only where it stands may a message carry a wish. */
const FIELD = '"compression"';

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
  const isWished = request.bytes.includes(FIELD) && hasWish(request.canonical());
  const isWhole = features.compression !== undefined;
  const mayCut = features.middleOut === true;
  if (!isWhole && !mayCut && templated.length === 0 && !isWished) return request;
  const { make, ahead } = startMaking(exchange, request, features);
  const asked = ({ overrides = {} }: Target) => applyOverrides(request.canonical(), overrides).request;
  const shorten = (given: CanonicalRequest, target: Target): Shortened | undefined =>
    mayCut ? shortened(make, given, roomAt(target, request)) : undefined;

  const withRework = (): ClientRequest => {
    const made = isWhole || isWished ? make(request.canonical()) : undefined;
    // What is told of an audit, or of nothing gained, needs no other lane.
    if (made?.isTold === true) exchange.outcome.compression = made.outcome;
    const isPlain = made?.isChanged !== true && templated.length === 0;
    if (isPlain && !targets.some((target) => shorten(asked(target), target) !== undefined)) return request;
    const rework = (given: CanonicalRequest, { target }: Pick<PlannedAttempt, "target">): Reworked =>
      reworked(exchange, make(given), shorten(given, target));
    return { ...request, reworks: [...(request.reworks ?? []), rework] };
  };
  const waits = ahead([request.canonical(), ...templated.map(asked)]);
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
function shortened(
  make: (request: CanonicalRequest) => Made,
  given: CanonicalRequest,
  room: number,
): Shortened | undefined {
  if (middleOut(make(given).request, room) === undefined) return undefined;
  const cut = middleOut(given, room);
  return cut === undefined ? undefined : { made: make(cut.request), left: cut.left };
}

function reworked({ outcome }: Compressing, whole: Made, cut: Shortened | undefined): Reworked {
  if (cut === undefined) {
    if (whole.isTold) outcome.compression = whole.outcome;
    return { request: whole.request };
  }
  outcome.compression = { ...cut.made.outcome, cacheRisk: "rewrite" };
  const detail = `${cut.left} messages of the middle were left out: all of them are longer than the model can read.`;
  return { request: cut.made.request, adapted: [{ feature: "middle-out", detail }] };
}
