/** A binary heap by `expiresAt` that knows where each of its members is, so that any can be taken out. */
export interface Expiring {
  readonly expiresAt: number;
  /** The heap's own; -1 outside. */
  place: number;
}

export interface ExpiryHeap<T extends Expiring> {
  readonly first: () => T | undefined;
  readonly add: (member: T) => void;
  readonly remove: (member: T) => void;
}

export function expiryHeap<T extends Expiring>(): ExpiryHeap<T> {
  const heap: T[] = [];

  const put = (member: T, place: number): void => {
    heap[place] = member;
    member.place = place;
  };

  const up = (member: T, from: number): void => {
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || parent.expiresAt <= member.expiresAt) break;
      put(parent, place);
      place = above;
    }
    put(member, place);
  };

  const down = (member: T, from: number): void => {
    let place = from;
    for (;;) {
      const left = heap[2 * place + 1];
      const right = heap[2 * place + 2];
      const least = right !== undefined && left !== undefined && right.expiresAt < left.expiresAt ? right : left;
      if (least === undefined || least.expiresAt >= member.expiresAt) break;
      const next = least.place;
      put(least, place);
      place = next;
    }
    put(member, place);
  };

  return {
    first: () => heap[0],
    add: (member) => {
      heap.push(member);
      up(member, heap.length - 1);
    },
    remove: (member) => {
      const { place } = member;
      const last = heap.pop();
      member.place = -1;
      if (last === undefined || last === member) return;
      up(last, place);
      down(last, last.place);
    },
  };
}
