import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FLOAT, graphInput, graphOutput, INT64, initializer, modelFile, node } from "./onnx-file.ts";

export type Form = "bert" | "xlm-roberta";

/** Words that the model was made to drop, the least wanted first. */
export const fillers =
  "basically actually really simply perhaps quite very just rather somewhat indeed obviously certainly generally".split(
    " ",
  );

const LETTERS = "abcdefghijklmnopqrstuvwxyz";
const SIGNS = "0123456789.,:;!?'\"()[]{}<>@#$%&*+-=/\\_|~^`";

/**
 * A classifier of tokens that knows by heart which it drops: one number for each token, by one matrix to two logits. Every other word is
 * spelled, letter by letter. No two tokens are wanted alike, as with models that were trained.
 */
export function writeTinyModel(folder: string, form: Form): void {
  const { config, tokenizer, settings, wanted } = form === "bert" ? bert() : xlmRoberta();
  mkdirSync(join(folder, "onnx"), { recursive: true });
  const json = (name: string, value: object) => writeFileSync(join(folder, name), JSON.stringify(value));
  json("config.json", config);
  json("tokenizer.json", tokenizer);
  json("tokenizer_config.json", settings);
  writeFileSync(join(folder, "onnx", "model.onnx"), classifier(wanted, form === "bert"));
}

/** The logits of "drop" and "keep" are 0 and what stands in the table. */
function classifier(wanted: readonly number[], hasTypes: boolean): Uint8Array {
  const dims = ["batch", "sequence"];
  const names = ["input_ids", "attention_mask", ...(hasTypes ? ["token_type_ids"] : [])];
  return modelFile({
    nodes: [
      node("Gather", ["embeddings", "input_ids"], "embedded"),
      node("MatMul", ["embedded", "classifier"], "logits"),
    ],
    initializers: [initializer("embeddings", [wanted.length, 1], wanted), initializer("classifier", [1, 2], [0, 1])],
    inputs: names.map((name) => graphInput(name, INT64, dims)),
    outputs: [graphOutput("logits", FLOAT, [...dims, 2])],
  });
}

const wantedOf = (token: string, at: number): number => {
  const filler = fillers.indexOf(token.replace(/^▁/, ""));
  return filler >= 0 ? -4 + filler / 10 : 2 + at / 1_000;
};

const special = (content: string, id: number) => ({
  id,
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
});

const framed = (start: string, end: string, tokens: readonly string[]) => ({
  type: "TemplateProcessing",
  single: [
    { SpecialToken: { id: start, type_id: 0 } },
    { Sequence: { id: "A", type_id: 0 } },
    { SpecialToken: { id: end, type_id: 0 } },
  ],
  pair: [],
  special_tokens: Object.fromEntries(
    [start, end].map((token) => [token, { id: token, ids: [tokens.indexOf(token)], tokens: [token] }]),
  ),
});

/** Small letters only, as the smallest of the published models. */
function bert() {
  const specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];
  const single = [...LETTERS, ...SIGNS];
  const tokens = [...specials, ...fillers, ...single, ...[...LETTERS, ..."0123456789"].map((letter) => `##${letter}`)];
  return {
    wanted: tokens.map(wantedOf),
    config: {
      model_type: "bert",
      architectures: ["BertForTokenClassification"],
      num_labels: 2,
      vocab_size: tokens.length,
    },
    settings: { tokenizer_class: "BertTokenizer", do_lower_case: true, model_max_length: 512, ...named(specials) },
    tokenizer: {
      version: "1.0",
      added_tokens: specials.map(special),
      normalizer: {
        type: "BertNormalizer",
        clean_text: true,
        handle_chinese_chars: true,
        strip_accents: null,
        lowercase: true,
      },
      pre_tokenizer: { type: "BertPreTokenizer" },
      post_processor: framed("[CLS]", "[SEP]", tokens),
      decoder: { type: "WordPiece", prefix: "##", cleanup: true },
      model: {
        type: "WordPiece",
        unk_token: "[UNK]",
        continuing_subword_prefix: "##",
        max_input_chars_per_word: 100,
        vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      },
    },
  };
}

const named = ([pad, unknown, start, end, mask]: readonly string[]) => ({
  pad_token: pad,
  unk_token: unknown,
  cls_token: start,
  sep_token: end,
  mask_token: mask,
});

function xlmRoberta() {
  const specials = ["<s>", "<pad>", "</s>", "<unk>"];
  const letters = [...LETTERS, ...LETTERS.toUpperCase(), ...SIGNS];
  const pieces = [...fillers.map((word) => `▁${word}`), "▁", ...letters, ...letters.map((letter) => `▁${letter}`)];
  const tokens = [...specials, ...pieces];
  const metaspace = { type: "Metaspace", replacement: "▁", add_prefix_space: true, prepend_scheme: "always" };
  return {
    wanted: tokens.map(wantedOf),
    config: {
      model_type: "xlm-roberta",
      architectures: ["XLMRobertaForTokenClassification"],
      num_labels: 2,
      vocab_size: tokens.length,
    },
    settings: {
      tokenizer_class: "XLMRobertaTokenizer",
      model_max_length: 512,
      bos_token: "<s>",
      eos_token: "</s>",
      ...named(["<pad>", "<unk>", "<s>", "</s>", "<unk>"]),
    },
    tokenizer: {
      version: "1.0",
      added_tokens: specials.map(special),
      normalizer: null,
      pre_tokenizer: { type: "Sequence", pretokenizers: [{ type: "WhitespaceSplit" }, metaspace] },
      post_processor: framed("<s>", "</s>", tokens),
      decoder: metaspace,
      // Whole words are likelier than their letters.
      model: { type: "Unigram", unk_id: 3, vocab: tokens.map((token) => [token, token.length > 2 ? -1 : -8]) },
    },
  };
}
