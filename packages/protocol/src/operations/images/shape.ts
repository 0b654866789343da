import type { LossRecorder } from "../../ir/loss.ts";
import type { ImagesRequest } from "./images.ts";

/** The ratio of a picture's sides in a vendor's words, and how large it is to be. */
export interface Shape {
  readonly aspectRatio?: string;
  readonly resolution?: string;
}

interface Words {
  readonly ratios: readonly string[];
  readonly resolutions: readonly string[];
  /** The vendor's name, for what is told of the difference. */
  readonly vendor: string;
}

const K = 1024;

/** Pixels in words of ratio and resolution, the nearest that the vendor has. */
export function shapeOf(request: ImagesRequest, words: Words, losses: LossRecorder): Shape {
  const { size, aspectRatio = ratioOf(size), resolution = resolutionOf(size) } = request;
  const ratio = aspectRatio === undefined ? undefined : nearestRatio(aspectRatio, words.ratios);
  const known = resolution === undefined || words.resolutions.includes(resolution) ? resolution : undefined;
  if (size !== undefined && size !== "auto") {
    losses.adapt("size", `${words.vendor} takes a ratio of sides: ${ratio ?? "its own"} stands for ${size}.`);
  }
  if (resolution !== known) losses.drop("resolution", `${words.vendor} has no resolution '${resolution}'.`);
  return {
    ...(ratio === undefined ? {} : { aspectRatio: ratio }),
    ...(known === undefined ? {} : { resolution: known }),
  };
}

function ratioOf(size: string | undefined): string | undefined {
  const sides = sidesOf(size);
  return sides === undefined ? undefined : `${sides.width}:${sides.height}`;
}

/** One K is what models make of their own accord. */
function resolutionOf(size: string | undefined): string | undefined {
  const sides = sidesOf(size);
  if (sides === undefined) return undefined;
  const longest = Math.max(sides.width, sides.height);
  if (longest <= 1.5 * K) return undefined;
  return longest <= 3 * K ? "2K" : "4K";
}

function sidesOf(size: string | undefined): { readonly width: number; readonly height: number } | undefined {
  const found = /^(\d{1,5})x(\d{1,5})$/.exec(size ?? "");
  const [width, height] = [Number(found?.[1] ?? 0), Number(found?.[2] ?? 0)];
  return width > 0 && height > 0 ? { width, height } : undefined;
}

export function nearestRatio(ratio: string, ratios: readonly string[]): string | undefined {
  if (ratios.includes(ratio)) return ratio;
  const wanted = quotient(ratio);
  if (wanted === undefined) return undefined;
  const distance = (other: string) => Math.abs(Math.log((quotient(other) ?? 1) / wanted));
  return ratios.toSorted((a, b) => distance(a) - distance(b))[0];
}

function quotient(ratio: string): number | undefined {
  const found = /^(\d+(?:\.\d+)?):(\d+(?:\.\d+)?)$/.exec(ratio);
  const value = Number(found?.[1]) / Number(found?.[2]);
  return Number.isFinite(value) && value > 0 ? value : undefined;
}
