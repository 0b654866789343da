/**
 * A synchronous stream stage: no promises, no web streams. `push` may return any number of outputs, `end` is called
 * once when the input is over and flushes. A stage never holds more than it needs to finish the unit at hand.
 */
export interface Transducer<Input, Output> {
  readonly push: (input: Input) => readonly Output[];
  readonly end: () => readonly Output[];
}

/** `second` fed by `first`. */
export function compose<A, B, C>(first: Transducer<A, B>, second: Transducer<B, C>): Transducer<A, C> {
  const feed = (values: readonly B[]) => values.flatMap((value) => second.push(value));
  return {
    push: (input) => feed(first.push(input)),
    end: () => [...feed(first.end()), ...second.end()],
  };
}

/** Everything that a stage makes of a whole input. */
export function runAll<Input, Output>(stage: Transducer<Input, Output>, inputs: Iterable<Input>): Output[] {
  const outputs: Output[] = [];
  for (const input of inputs) for (const output of stage.push(input)) outputs.push(output);
  for (const output of stage.end()) outputs.push(output);
  return outputs;
}
