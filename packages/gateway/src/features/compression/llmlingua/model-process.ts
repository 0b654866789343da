import { setPriority } from "node:os";
import { chunksOf, keptWords } from "./kept-words.ts";
import { type LoadedModel, loadModel, NotInstalledError } from "./load-model.ts";
import { isOrder, type TextsOrder, type Told } from "./messages.ts";

/**
 * The process that holds the model. Inference is synchronous in onnxruntime-node and would hold up every request of the gateway; here it
 * holds up nobody, and takes nobody with it when memory runs out.
 */

const tell = (told: Told): void => void process.send?.(told);

let model: LoadedModel | undefined;

process.on("message", (order: unknown) => {
  if (!isOrder(order)) return;
  if (order.kind === "compress") void compress(order);
  else
    loadModel(order).then(
      (loaded) => {
        model = loaded;
        tell({ kind: "ready" });
      },
      (error: unknown) =>
        tell({ kind: "unloadable", isMissing: error instanceof NotInstalledError, why: reasonOf(error) }),
    );
});

async function compress({ id, texts, share, untilMs }: TextsOrder): Promise<void> {
  try {
    if (model === undefined) throw new Error("there is no model");
    const compressed: string[] = [];
    for (const text of texts) compressed.push(await compressText(model, text, { share, untilMs }));
    tell({ kind: "compressed", id, texts: compressed });
  } catch (error) {
    // The words of a library may quote the text.
    tell({ kind: "gave-up", id, why: error instanceof Error ? error.name : "unknown" });
  }
}

class TooLateError extends Error {
  override readonly name = "TooLateError";
}

async function compressText(
  { compress }: LoadedModel,
  text: string,
  { share, untilMs }: Pick<TextsOrder, "share" | "untilMs">,
): Promise<string> {
  let compressed = "";
  for (const chunk of chunksOf(text)) {
    if (Date.now() > untilMs) throw new TooLateError();
    compressed += keptWords(chunk, await compress(chunk.trim(), share));
  }
  return compressed;
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

// The gateway decides when this ends: Ctrl+C goes to every process of a terminal, and requests are still being answered then.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => {});
process.on("disconnect", () => process.exit());

/** Requests come before what makes them shorter. */
const LOW_PRIORITY = 10;
setPriority(LOW_PRIORITY);
