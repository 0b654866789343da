import { type Detector, type Finding, findAll } from "./finding.ts";

/** Keys that vendors mark as theirs, each as it documents them. */
const MARKED: readonly RegExp[] = [
  // OpenAI, Anthropic, OpenRouter and those who write theirs alike.
  /(?<![\w-])sk-[A-Za-z0-9_-]{20,400}/g,
  // https://github.blog/engineering/behind-githubs-new-authentication-token-formats
  /(?<!\w)(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{22,255})/g,
  /(?<![\w-])glpat-[\w-]{20,300}/g,
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
  /(?<!\w)(?:AKIA|ASIA)[A-Z0-9]{16}(?!\w)/g,
  /(?<![\w-])AIza[\w-]{35}(?![\w-])/g,
  /(?<![\w-])xox[abeoprs]-[A-Za-z0-9-]{10,300}/g,
  /(?<!\w)(?:[sr]k|whsec)_(?:live|test)_[A-Za-z0-9]{16,300}/g,
  /(?<!\w)(?:npm_[A-Za-z0-9]{36}|hf_[A-Za-z0-9]{30,60}|gsk_[A-Za-z0-9]{40,80}|xai-[A-Za-z0-9]{60,120})(?!\w)/g,
  /(?<![\w.-])SG\.[\w-]{16,32}\.[\w-]{32,64}(?![\w-])/g,
];
/** RFC 7519: a header and a payload that are JSON objects, and a signature. */
const TOKEN = /(?<![\w.-])eyJ[\w-]{8,8192}\.eyJ[\w-]{2,16384}\.[\w-]{10,4096}/g;
const KEY_BLOCK = /-----BEGIN (?:[A-Z0-9]{1,12} ){0,4}PRIVATE KEY(?: BLOCK)?-----/g;
const KEY_END = /-----END (?:[A-Z0-9]{1,12} ){0,4}PRIVATE KEY(?: BLOCK)?-----/g;
const NAMED =
  /(?:pass(?:word|wd|phrase)|pwd|secret|api[_-]?key|access[_-]?key|private[_-]?key|auth[_-]?token|access[_-]?token|refresh[_-]?token|client[_-]?secret|credential)s?["'`]?\s{0,4}(?:[:=]|=>|:=|\bis\b)\s{0,4}["'`]?(?<value>[^\s"'`,;<>(){}[\]]{8,400})/gi;
const BEARER = /\bbearer\s{1,3}(?<value>[\w.~+/-]{16,4096}={0,2})/gi;

/** What opens something: vendors' keys, tokens, private keys, and what looks like chance behind a word that says so. */
export const secret: Detector = {
  kind: "secret",
  patterns: [...MARKED, TOKEN, KEY_BLOCK, KEY_END, NAMED, BEARER],
  find: (text) =>
    [
      ...keyBlocks(text),
      ...MARKED.flatMap((pattern) => findAll(text, pattern, isRandom)),
      ...findAll(text, TOKEN),
      ...findAll(text, NAMED, isSecretValue),
      ...findAll(text, BEARER, isSecretValue),
    ].map((place) => ({ kind: "secret", ...place })),
};

/** A block without an end is one up to where its letters end. */
function keyBlocks(text: string): readonly Omit<Finding, "kind">[] {
  if (!text.includes("PRIVATE KEY")) return [];
  const ends = [...text.matchAll(KEY_END)].map(({ index, 0: line }) => index + line.length);
  let next = 0;
  return [...text.matchAll(KEY_BLOCK)].map(({ index, 0: line }) => {
    while ((ends[next] ?? index) < index) next++;
    return { start: index, end: ends[next] ?? lettersAfter(text, index + line.length) };
  });
}

const LONGEST_KEY = 16_384;

function lettersAfter(text: string, from: number): number {
  const rest = text.slice(from, from + LONGEST_KEY);
  const other = rest.search(/[^A-Za-z0-9+/=\s\\]/);
  return from + (other < 0 ? rest : rest.slice(0, other)).trimEnd().length;
}

/** Examples are written as one letter over and over: `sk-xxxxxxxxxxxxxxxxxxxx`. */
const isRandom = (value: string): boolean => new Set(value.slice(-20)).size > 6;

const REFERENCE =
  /^(?:\$|%|process\.|os\.|env[.:]|file:|config\.|self\.|this\.|settings\.|\*{3}|https?:|\.{1,2}\/|\/)/i;
const WORDS = /^[a-z]+(?:[._-][a-z]+)*$|^[A-Z]+(?:_[A-Z]+)*$|^[a-z]+(?:[A-Z][a-z]+)*$/;
/** Bits a character: words have less, and chance more. */
const LEAST_ENTROPY = 2.75;

/** Neither a word nor where one stands. */
function isSecretValue(value: string): boolean {
  return !REFERENCE.test(value) && !WORDS.test(value) && entropy(value.slice(0, 64)) >= LEAST_ENTROPY;
}

function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}
