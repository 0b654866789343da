import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { isFields, type ModelOrder } from "./messages.ts";

export interface LoadedModel {
  /** The text with about this share of it, as the model spells it. Rejects where it cannot. */
  readonly compress: (text: string, share: number) => Promise<string>;
}

/** What the user has to install is not there, or not in a version that is known. */
export class NotInstalledError extends Error {}

/** What is used of https://github.com/atjsh/llmlingua-2-js */
interface Lingua {
  readonly LLMLingua2: { readonly WithXLMRoBERTa: Factory; readonly WithBERTMultilingual: Factory };
}

type Factory = (
  model: string,
  options: {
    readonly transformerJSConfig: { readonly device: "cpu"; readonly dtype: Precision };
    readonly oaiTokenizer: { readonly encode: (text: string) => readonly number[] };
    readonly pretrainedConfig: ModelConfig;
    readonly modelSpecificOptions: ModelOptions;
  },
) => Promise<unknown>;

interface Compressor {
  readonly promptCompressor: {
    readonly compress: (
      text: string,
      options: { readonly rate: number; readonly forceReserveDigit: boolean },
    ) => unknown;
  };
}

/** What is used of https://huggingface.co/docs/transformers.js */
interface Transformers {
  readonly env: { allowRemoteModels: boolean; useFSCache: boolean; cacheDir: string };
  readonly AutoConfig: { readonly from_pretrained: (model: string) => Promise<unknown> };
  readonly ModelRegistry: { readonly get_file_metadata: (model: string, file: string) => Promise<unknown> };
}

interface ModelConfig {
  readonly model_type: string;
}

type Precision = "fp32" | "q8";

interface ModelOptions {
  readonly subfolder: string;
  readonly use_external_data_format?: Readonly<Record<string, number>>;
}

/** What is used of https://github.com/dqbd/tiktoken */
interface Tiktoken {
  readonly Tiktoken: new (ranks: unknown) => Encoder;
}

interface Encoder {
  readonly encode: (text: string, allowed: readonly string[], forbidden: readonly string[]) => readonly number[];
}

/** Rejects with NotInstalledError, or with what the library says of the model. */
export async function loadModel(order: Omit<ModelOrder, "kind">): Promise<LoadedModel> {
  const { lingua, transformers, encoder } = await findLibraries(order.folders);
  const { env, AutoConfig } = transformers;
  // A folder that lacks a file must not become a question to the hub.
  env.allowRemoteModels = !order.isFolder;
  env.useFSCache = !order.isFolder;
  env.cacheDir = order.downloads;
  const config = await AutoConfig.from_pretrained(order.model);
  if (!isConfig(config)) throw new Error("its config.json names no model_type");
  const { precision, options } = await findFile(transformers, order.model);
  const { WithXLMRoBERTa, WithBERTMultilingual } = lingua.LLMLingua2;
  // The two spell words in tokens in different ways, and the library knows these.
  const load = config.model_type.includes("roberta") ? WithXLMRoBERTa : WithBERTMultilingual;
  const loaded = await load(order.model, {
    transformerJSConfig: { device: "cpu", dtype: precision },
    // A text may have names of special tokens in it, which the encoder else refuses.
    oaiTokenizer: { encode: (text) => encoder.encode(text, [], []) },
    pretrainedConfig: config,
    modelSpecificOptions: options,
  });
  if (!isCompressor(loaded)) throw unknownVersion("@atjsh/llmlingua-2");
  return {
    compress: async (text, share) => {
      const made = await loaded.promptCompressor.compress(text, { rate: share, forceReserveDigit: true });
      if (typeof made !== "string") throw new Error("the library returned no text");
      return made;
    },
  };
}

/** Where a repository or a folder has its model, the most exact first. */
const FILES: readonly { readonly file: string; readonly precision: Precision }[] = [
  { file: "model.onnx", precision: "fp32" },
  { file: "model_quantized.onnx", precision: "q8" },
];

async function findFile({ ModelRegistry }: Transformers, model: string) {
  const exists = async (file: string): Promise<boolean> => {
    const about = await ModelRegistry.get_file_metadata(model, file);
    return isFields(about) && about["exists"] === true;
  };
  for (const subfolder of ["onnx", ""]) {
    const pathOf = (file: string) => (subfolder === "" ? file : `${subfolder}/${file}`);
    for (const { file, precision } of FILES) {
      if (!(await exists(pathOf(file)))) continue;
      // Of models of more than 2 GB the weights stand in a file of their own.
      const isSplit = await exists(pathOf(`${file}_data`));
      const options: ModelOptions = { subfolder, ...(isSplit ? { use_external_data_format: { [file]: 1 } } : {}) };
      return { precision, options };
    }
  }
  throw new Error("it has neither onnx/model.onnx nor onnx/model_quantized.onnx");
}

async function findLibraries(folders: readonly string[]) {
  const at = find("@atjsh/llmlingua-2", folders);
  // The settings of the library have to be those of the very copy that the other one uses.
  const beside = async (name: string): Promise<unknown> => import(find(name, [at]));
  const lingua: unknown = await import(at);
  if (!isLingua(lingua)) throw unknownVersion("@atjsh/llmlingua-2");
  const transformers = await beside("@huggingface/transformers");
  if (!isTransformers(transformers)) throw unknownVersion("@huggingface/transformers");
  const [tiktoken, ranks] = [await beside("js-tiktoken/lite"), await beside("js-tiktoken/ranks/o200k_base")];
  if (!isTiktoken(tiktoken) || !isFields(ranks)) throw unknownVersion("js-tiktoken");
  return { lingua, transformers, encoder: new tiktoken.Tiktoken(ranks["default"]) };
}

/** The URL of a package's code, as a module in one of these folders, or that module, would import it. */
function find(name: string, places: readonly string[]): string {
  for (const place of places) {
    const importer = place.startsWith("file:") ? place : pathToFileURL(join(place, "module.mjs")).href;
    try {
      return import.meta.resolve(name, importer);
    } catch {
      // The next place may have it.
    }
  }
  throw new NotInstalledError(`${name} was not found`);
}

const unknownVersion = (name: string): NotInstalledError =>
  new NotInstalledError(`${name} is of a version that is not known`);

const isFunctionIn = (value: unknown, name: string): boolean =>
  (isFields(value) || typeof value === "function") && typeof Reflect.get(value, name) === "function";

const isLingua = (value: unknown): value is Lingua =>
  isFields(value) &&
  isFunctionIn(value["LLMLingua2"], "WithXLMRoBERTa") &&
  isFunctionIn(value["LLMLingua2"], "WithBERTMultilingual");

const isTransformers = (value: unknown): value is Transformers =>
  isFields(value) &&
  isFields(value["env"]) &&
  isFunctionIn(value["AutoConfig"], "from_pretrained") &&
  isFunctionIn(value["ModelRegistry"], "get_file_metadata");

const isTiktoken = (value: unknown): value is Tiktoken => isFunctionIn(value, "Tiktoken");

const isConfig = (value: unknown): value is ModelConfig => isFields(value) && typeof value["model_type"] === "string";

const isCompressor = (value: unknown): value is Compressor =>
  isFields(value) && isFunctionIn(value["promptCompressor"], "compress");
