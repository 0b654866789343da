/** Words as hashes: texts are read once, character by character, and nothing is cut out of them. */

const hashOf = (word: string): number => {
  let hash = SEED;
  for (let at = 0; at < word.length; at += 1) hash = mixed(hash, folded(word.charCodeAt(at)));
  return hash;
};

const SEED = 0x811c9dc5;
const mixed = (hash: number, code: number): number => Math.imul(hash ^ code, 0x01000193);

/** Capitals to small letters, for the scripts that have them and where that is an addition. */
function folded(code: number): number {
  if (code >= 0x41 && code <= 0x5a) return code | 0x20;
  if (code < 0xc0) return code;
  const isCapital =
    (code <= 0xde && code !== 0xd7) || (code >= 0x391 && code <= 0x3a9) || (code >= 0x410 && code <= 0x42f);
  return isCapital ? code + 0x20 : code;
}

const setOf = (words: string): ReadonlySet<number> => new Set(words.split(/\s+/).map(hashOf));

const NEGATIONS = setOf(
  `no not never none nor cannot without except unless neither nobody nothing nowhere hardly barely only must mustn shall
   avoid forbidden prohibited fail fails failed failure error errors but however although
   nicht kein keine keinen keinem keiner nie niemals ohne weder nichts nur ne pas jamais sans aucun aucune rien ni sin nunca nada ningún
   ninguna ninguno não nao sem nem nenhum nenhuma non mai senza nessun nessuno niet geen nooit zonder inte aldrig ikke bez nie nigdy
   не нет ни никогда без нельзя değil yok tidak bukan không chưa`,
);

const NUMBERS = setOf(
  `two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty
   thirty forty fifty sixty seventy eighty ninety hundred thousand million billion percent half twice double first second third
   monday tuesday wednesday thursday friday saturday sunday today tomorrow yesterday
   january february april june july august september october november december
   zwei drei vier fünf sechs sieben acht neun zehn hundert tausend deux trois quatre cinq sept huit neuf dix cent mille dos tres cuatro
   cinco siete ocho nueve diez cien mil`,
);

const STOP = setOf(
  `the a an and or of to in on at by for with from as is are was were be been being it its this that these those there here he she
   they we you i his her their our your my me him them us do does did have has had will would can could should may might about into
   over under than then so such if when while which who whom whose what where why how all any some each both more most other`,
);

const EXACT_WORD = 1;
const STOP_WORD = 2;

/** One look for every word. */
const KNOWN: ReadonlyMap<number, number> = new Map([
  ...[...STOP].map((word) => [word, STOP_WORD] as const),
  ...[...NEGATIONS, ...NUMBERS].map((word) => [word, EXACT_WORD] as const),
]);

const CJK_NEGATIONS = new Set("不沒没无無非未勿别莫否않못없ず");
const CJK_NUMBERS = new Set("一二三四五六七八九十百千万萬億亿年月日");

/** Scripts in which every character is a word of its own here. */
const IDEOGRAPHS = 0x2e80;

export interface Words {
  /** Words that say something, as hashes. */
  readonly terms: readonly number[];
  /** A number, a negation, an identifier, an address or a date stands in it. */
  readonly isExact: boolean;
}

const MARKS = "_/\\@#$=<>`%&|~^{}[]+";
const JOINTS = ".:('";

const OTHER = 0;
const SMALL = 1;
const CAPITAL = 2;
const DIGIT = 3;
const MARK = 4;
const JOINT = 5;

const CLASSES = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code);
  if (/[a-z]/.test(character)) return SMALL;
  if (/[A-Z]/.test(character)) return CAPITAL;
  if (/[0-9]/.test(character)) return DIGIT;
  if (MARKS.includes(character)) return MARK;
  return JOINTS.includes(character) ? JOINT : OTHER;
});

/** `’`, and the signs of money, paragraphs and degrees. */
const APOSTROPHE = 0x2019;
const WIDE_MARKS: ReadonlySet<number> = new Set([..."§€£°"].map((sign) => sign.charCodeAt(0)));

function classOf(code: number): number {
  if (code < 128) return CLASSES[code] ?? OTHER;
  if (code === APOSTROPHE) return JOINT;
  if (WIDE_MARKS.has(code)) return MARK;
  return code >= 0xc0 && !(code >= 0x2000 && code < 0x2070) ? SMALL : OTHER;
}

const isLetter = (kind: number): boolean => kind === SMALL || kind === CAPITAL;
const isWord = (kind: number): boolean => isLetter(kind) || kind === DIGIT;

/** Of the characters from `start` to `end`. */
export function readWords(text: string, start: number, end: number): Words {
  const terms: number[] = [];
  let isExact = false;
  let hash = SEED;
  let length = 0;
  let before = OTHER;
  const close = () => {
    if (length === 0) return;
    const known = KNOWN.get(hash);
    if (known === EXACT_WORD) isExact = true;
    if (length > 1 && known !== STOP_WORD) terms.push(hash);
    hash = SEED;
    length = 0;
  };
  for (let at = start; at < end; at += 1) {
    const code = text.charCodeAt(at);
    const kind = code >= IDEOGRAPHS ? OTHER : classOf(code);
    isExact ||= isExactAt(text, at, { code, kind, before });
    if (isWord(kind)) {
      hash = mixed(hash, kind === SMALL && code < 128 ? code : folded(code));
      length += 1;
    } else {
      close();
      if (code >= IDEOGRAPHS && code < 0xff00) terms.push(mixed(SEED, code));
    }
    before = kind;
  }
  close();
  return { terms, isExact };
}

interface Character {
  readonly code: number;
  readonly kind: number;
  /** The kind of the one before. */
  readonly before: number;
}

function isExactAt(text: string, at: number, { code, kind, before }: Character): boolean {
  switch (kind) {
    case DIGIT:
    case MARK:
      return true;
    case CAPITAL:
      return isLetter(before);
    case JOINT:
      return joinsWords(text, at, before);
    default:
      return code >= IDEOGRAPHS ? isExactIdeograph(text, at, code) : isWideNumber(text, at, code);
  }
}

/** Digits of other scripts. */
const isWideNumber = (text: string, at: number, code: number): boolean =>
  code >= 0x660 && /\p{N}/u.test(text[at] ?? "");

/** "ない" negates in Japanese. */
function isExactIdeograph(text: string, at: number, code: number): boolean {
  const character = text[at] ?? "";
  if (CJK_NEGATIONS.has(character) || CJK_NUMBERS.has(character) || isWideDigit(code)) return true;
  return character === "な" && text[at + 1] === "い";
}

const isWideDigit = (code: number): boolean => code >= 0xff10 && code <= 0xff19;

/** `file.ts`, `a:b`, `call(`, and `n't`. */
function joinsWords(text: string, at: number, before: number): boolean {
  const after = at + 1 < text.length ? text.charCodeAt(at + 1) : 0;
  switch (text[at]) {
    case ".":
      return isWord(before) && isWord(classOf(after));
    case ":":
      return after > 0x20;
    case "(":
      return isWord(before);
    default:
      return text[at - 1]?.toLowerCase() === "n" && (after | 0x20) === 0x74;
  }
}
