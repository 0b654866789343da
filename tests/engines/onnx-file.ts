/**
 * Just enough of ONNX's protobuf to write a model of a few operators.
 * https://github.com/onnx/onnx/blob/main/onnx/onnx.proto, https://protobuf.dev/programming-guides/encoding
 */

export const FLOAT = 1;
export const INT64 = 7;

export interface Graph {
  readonly nodes: readonly Uint8Array[];
  readonly initializers: readonly Uint8Array[];
  readonly inputs: readonly Uint8Array[];
  readonly outputs: readonly Uint8Array[];
}

/** By the operators of opset 13. */
export function modelFile({ nodes, initializers, inputs, outputs }: Graph): Uint8Array {
  const graph = message(
    ...nodes.map((bytes) => field(1, bytes)),
    field(2, text("tiny")),
    ...initializers.map((bytes) => field(5, bytes)),
    ...inputs.map((bytes) => field(11, bytes)),
    ...outputs.map((bytes) => field(12, bytes)),
  );
  const operators = message(field(1, text("")), number(2, 13));
  return message(number(1, 8), field(7, graph), field(8, operators));
}

export const node = (operator: string, inputs: readonly string[], output: string): Uint8Array =>
  message(...inputs.map((name) => field(1, text(name))), field(2, text(output)), field(4, text(operator)));

export const initializer = (name: string, dims: readonly number[], values: readonly number[]): Uint8Array =>
  message(
    ...dims.map((dim) => number(1, dim)),
    number(2, FLOAT),
    field(8, text(name)),
    field(9, new Uint8Array(Float32Array.from(values).buffer)),
  );

/** A dimension is a size, or the name of one that is not known before. */
export const graphInput = (name: string, type: number, dims: readonly (string | number)[]): Uint8Array => {
  const shape = message(...dims.map((dim) => field(1, typeof dim === "number" ? number(1, dim) : field(2, text(dim)))));
  return message(field(1, text(name)), field(2, field(1, message(number(1, type), field(2, shape)))));
};

export const graphOutput = graphInput;

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

const message = (...fields: readonly Uint8Array[]): Uint8Array =>
  Uint8Array.from(fields.flatMap((bytes) => [...bytes]));

const field = (id: number, bytes: Uint8Array): Uint8Array =>
  Uint8Array.from([...varint(id * 8 + 2), ...varint(bytes.length), ...bytes]);

const number = (id: number, value: number): Uint8Array => Uint8Array.from([...varint(id * 8), ...varint(value)]);

function varint(value: number): readonly number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}
