/** What the gateway and the process that holds the model say to each other. */

export interface ModelOrder {
  readonly kind: "load";
  /** An absolute path, or a name at the hub. */
  readonly model: string;
  readonly isFolder: boolean;
  /** Where what the user installed may be found, the first that has it. */
  readonly folders: readonly string[];
  /** Where models from the hub are kept. */
  readonly downloads: string;
}

export interface TextsOrder {
  readonly kind: "compress";
  readonly id: number;
  readonly texts: readonly string[];
  /** How much of them is to be kept, up to 1. */
  readonly share: number;
  /** In milliseconds since 1970: nobody waits for them after that. */
  readonly untilMs: number;
}

export type Order = ModelOrder | TextsOrder;

export type Told =
  | { readonly kind: "ready" }
  | { readonly kind: "unloadable"; readonly isMissing: boolean; readonly why: string }
  | { readonly kind: "compressed"; readonly id: number; readonly texts: readonly string[] }
  | { readonly kind: "gave-up"; readonly id: number; readonly why: string };

type Fields = Readonly<Record<string, unknown>>;

export const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null;

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === "string");

export function isOrder(value: unknown): value is Order {
  if (!isFields(value)) return false;
  const { kind, model, isFolder, folders, downloads, id, texts, share, untilMs } = value;
  if (kind === "load")
    return (
      typeof model === "string" && typeof isFolder === "boolean" && isTexts(folders) && typeof downloads === "string"
    );
  const isNumbered = [id, share, untilMs].every((field) => typeof field === "number");
  return kind === "compress" && isNumbered && isTexts(texts);
}

export function isTold(value: unknown): value is Told {
  if (!isFields(value)) return false;
  const { kind, isMissing, why, id, texts } = value;
  switch (kind) {
    case "ready":
      return true;
    case "unloadable":
      return typeof isMissing === "boolean" && typeof why === "string";
    case "compressed":
      return typeof id === "number" && isTexts(texts);
    case "gave-up":
      return typeof id === "number" && typeof why === "string";
    default:
      return false;
  }
}
