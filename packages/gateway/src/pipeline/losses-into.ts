import type { LossRecorder, LossReport } from "@signalbox/protocol";

export function lossesInto(recorder: LossRecorder, { dropped, adapted }: LossReport): void {
  for (const { feature, detail } of dropped) recorder.drop(feature, detail);
  for (const { feature, detail } of adapted) recorder.adapt(feature, detail);
}
