import type { Era } from "./compress-conversation.ts";

/** What a conversation was sent like, turn by turn, as far as this process remembers. */
export interface Eras {
  /** The eras of a conversation that goes on by `level`. `isKnown`: it was sent by them before. */
  readonly of: (turn: Turn) => { readonly eras: readonly Era[]; readonly isKnown: boolean };
  readonly size: () => number;
}

export interface Turn {
  /** Tells keys, models and conversations apart. */
  readonly conversation: string;
  readonly aggressiveness: number;
  /** How many messages were sent before: all up to the model's last answer. */
  readonly sent: number;
  /** When somebody has last changed whether or how it is compressed, on the clock of `now`; absent: nobody has. */
  readonly changedAt?: number;
  readonly now: number;
}

/** No vendor keeps a prompt longer than its last use: what is older is in no cache any more. */
const HOUR = 3_600_000;
/** Who changes the level on every turn keeps no cache whatever is remembered. */
const MOST_ERAS = 8;

/**
 * Conversations under compression, those that were quiet longest forgotten first. Where several processes serve one conversation,
 * each would remember another beginning: `remembers: false` treats a conversation alike everywhere, and rewrites it once.
 */
export function createEras({ limit = 20_000, remembers = true } = {}): Eras {
  const known = new Map<string, readonly Era[]>();
  const keep = (conversation: string, eras: readonly Era[]) => {
    // A map keeps the order of insertion: what is written again moves to its end.
    known.delete(conversation);
    known.set(conversation, eras);
    if (known.size <= limit) return;
    const [oldest] = known.keys();
    if (oldest !== undefined) known.delete(oldest);
  };
  return {
    of(turn) {
      const { conversation, aggressiveness, sent } = turn;
      const before = known.get(conversation);
      if (!remembers || before === undefined || (before.at(-1)?.from ?? 0) > sent) {
        const eras = remembers && isJustChanged(turn) ? frozen(turn) : [{ from: 0, aggressiveness }];
        keep(conversation, eras);
        return { eras, isKnown: remembers && (sent === 0 || eras.length > 1) };
      }
      const isSame = before.at(-1)?.aggressiveness === aggressiveness;
      const eras = isSame ? before : [...before, { from: sent, aggressiveness }].slice(-MOST_ERAS);
      keep(conversation, eras);
      return { eras, isKnown: eras.length >= before.length && eras[0] === before[0] };
    },
    size: () => known.size,
  };
}

const isJustChanged = ({ changedAt, now }: Turn): boolean => changedAt !== undefined && now - changedAt < HOUR;

/** What was sent as it is goes on being sent as it is. */
const frozen = ({ sent, aggressiveness }: Turn): readonly Era[] =>
  sent === 0 ? [{ from: 0, aggressiveness }] : [{ from: 0 }, { from: sent, aggressiveness }];
