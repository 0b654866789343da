/** How many of the answers that would have been served were wrong, and between which shares the truth lies with 95 %. */
export interface FalseHitRate {
  readonly samples: number;
  readonly wrong: number;
  /** Undefined without samples. */
  readonly rate?: number;
  readonly low: number;
  readonly high: number;
}

/** Of the normal distribution, for 95 % on two sides. */
const Z = 1.959963984540054;

/** Wilson's score interval, which holds for small samples and shares near 0: https://doi.org/10.1080/01621459.1927.10502953 */
export function wilson(wrong: number, samples: number): FalseHitRate {
  if (samples === 0) return { samples, wrong, low: 0, high: 1 };
  const rate = wrong / samples;
  const scale = 1 + Z ** 2 / samples;
  const middle = (rate + Z ** 2 / (2 * samples)) / scale;
  const half = (Z * Math.sqrt((rate * (1 - rate)) / samples + Z ** 2 / (4 * samples ** 2))) / scale;
  const low = wrong === 0 ? 0 : Math.max(0, middle - half);
  return { samples, wrong, rate, low, high: wrong === samples ? 1 : Math.min(1, middle + half) };
}

export interface FalseHits {
  readonly tell: (tenant: string, right: boolean) => void;
  readonly overall: () => FalseHitRate;
  readonly of: (tenant: string) => FalseHitRate;
}

/** Tenants that were sampled longest ago are forgotten alone; what is told of all of them counts on. */
const TENANTS = 1000;

interface Count {
  samples: number;
  wrong: number;
}

/** Counts of this process, since it began. */
export function openFalseHits(): FalseHits {
  const all: Count = { samples: 0, wrong: 0 };
  const tenants = new Map<string, Count>();
  return {
    tell(tenant, right) {
      const count = tenants.get(tenant) ?? { samples: 0, wrong: 0 };
      tenants.delete(tenant);
      tenants.set(tenant, count);
      for (const counted of [all, count]) {
        counted.samples += 1;
        if (!right) counted.wrong += 1;
      }
      const [oldest] = tenants.keys();
      if (tenants.size > TENANTS && oldest !== undefined) tenants.delete(oldest);
    },
    overall: () => wilson(all.wrong, all.samples),
    of(tenant) {
      const { samples, wrong } = tenants.get(tenant) ?? { samples: 0, wrong: 0 };
      return wilson(wrong, samples);
    },
  };
}
