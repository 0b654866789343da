/** Part of what an entry is found by: texts that were embedded in another way are never compared. */
export const NGRAMS = "ngrams-1-512";
const DIMENSIONS = 512;

/**
 * Words, pairs of words and the 3 to 5 letters in them, hashed with a sign and laid over each other; of length 1. It needs nobody, and
 * knows letters, not meaning.
 */
export function hashedNgrams(stems: readonly string[]): Float32Array {
  const vector = new Float32Array(DIMENSIONS);
  for (const [at, stem] of stems.entries()) {
    add(vector, `w ${stem}`, 2);
    const next = stems[at + 1];
    if (next !== undefined) add(vector, `p ${stem} ${next}`, 1);
    const letters = Array.from(`^${stem}$`);
    for (let size = 3; size <= 5; size += 1) {
      for (let from = 0; from + size <= letters.length; from += 1) {
        add(vector, letters.slice(from, from + size).join(""), 0.5);
      }
    }
  }
  return unit(vector);
}

function add(vector: Float32Array, gram: string, weight: number): void {
  const hash = fnv1a(gram);
  const at = (hash >>> 1) % DIMENSIONS;
  vector[at] = (vector[at] ?? 0) + ((hash & 1) === 0 ? weight : -weight);
}

/** http://www.isthe.com/chongo/tech/comp/fnv/, with the final mix of murmur3: FNV's lowest bit is a mere parity. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** The vector with length 1; all zero stays so. Undefined numbers make it worthless, which is zero, too. */
export function unit(vector: Float32Array): Float32Array {
  let sum = 0;
  for (const value of vector) sum += value * value;
  if (!Number.isFinite(sum) || sum === 0) return new Float32Array(vector.length);
  const length = Math.sqrt(sum);
  return vector.map((value) => value / length);
}

/** Of two vectors of length 1, from -1 to 1; of different dimensions: -1. */
export function cosine(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return -1;
  let sum = 0;
  for (let at = 0; at < a.length; at += 1) sum += (a[at] ?? 0) * (b[at] ?? 0);
  return Math.min(1, Math.max(-1, sum));
}
