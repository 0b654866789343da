/**
 * Something that a translation could not say, or said differently. `feature` is a stable, kebab-case name that policies
 * and dashboards may match on (`logit-bias`, `top-k`, `hosted-tool`); `detail` is for people.
 */
export interface Loss {
  readonly feature: string;
  readonly detail: string;
}

/** `dropped`: not said at all. `adapted`: said in another way that means nearly the same. */
export interface LossReport {
  readonly dropped: readonly Loss[];
  readonly adapted: readonly Loss[];
}

/** Collects losses while a request or an answer is encoded. The same loss is reported once. */
export interface LossRecorder {
  readonly drop: (feature: string, detail: string) => void;
  readonly adapt: (feature: string, detail: string) => void;
  readonly report: () => LossReport;
}

export function lossRecorder(): LossRecorder {
  const dropped = new Map<string, Loss>();
  const adapted = new Map<string, Loss>();
  const add = (kind: Map<string, Loss>) => (feature: string, detail: string) => {
    kind.set(`${feature}\n${detail}`, { feature, detail });
  };
  return {
    drop: add(dropped),
    adapt: add(adapted),
    report: () => ({ dropped: [...dropped.values()], adapted: [...adapted.values()] }),
  };
}
