import type { Exchange } from "./exchange.ts";
export function bill(_exchange: Exchange): void {}
