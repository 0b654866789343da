import type { Chance } from "./chance.ts";
import { sentence } from "./prose.ts";

type Row = Readonly<Record<string, string | number | boolean | null>>;

const CITIES = ["Łódź", "Porto", "München", "東京", "Oslo", "São Paulo", "Reykjavík", "Nice"] as const;

export function rowsOf(chance: Chance, count: number): readonly Row[] {
  return Array.from({ length: count }, (_, at) => ({
    id: 100_000 + at * chance.between(1, 3),
    city: chance.pick(CITIES),
    month: `2026-${String(1 + (at % 12)).padStart(2, "0")}`,
    revenue: chance.between(1000, 999_999) / 100,
    orders: chance.between(1, 400),
    refunded: chance.falls(0.1),
    note: chance.falls(0.2) ? sentence(chance) : null,
  }));
}

/** What a tool that asks a database returns: as its program prints it, with more or less white space. */
export function table(chance: Chance, count: number): string {
  const rows = rowsOf(chance, count);
  const result = chance.falls(0.5)
    ? rows
    : { query: `select ${chance.between(1, 999)}`, count, truncated: false, rows };
  return JSON.stringify(result, null, chance.pick([2, 0, 4]));
}

/** What the API of a shop returns: objects in objects, no two alike. */
export function record(chance: Chance): string {
  const order = {
    id: `ord_${chance.between(100_000, 999_999)}`,
    customer: { name: "Zoë Núñez", since: 2019 + chance.between(0, 6), tags: ["b2b", "net-30"] },
    lines: Array.from({ length: chance.between(2, 9) }, (_, at) => ({
      sku: `A-${chance.between(100, 999)}`,
      amount: chance.between(1, 9),
      price: { value: chance.between(100, 9999) / 100, currency: chance.pick(["EUR", "USD"]) },
      ...(at % 2 === 0 ? { gift: sentence(chance) } : {}),
    })),
    history: Array.from({ length: chance.between(2, 7) }, () => [chance.between(1, 28), sentence(chance)]),
    big: "12345678901234567890",
  };
  return JSON.stringify(order, null, 2);
}
