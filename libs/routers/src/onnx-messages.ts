import onnxProto from 'onnx-proto';
import type { Tensor } from './model.js';

const { AttributeProto, TensorProto } = onnxProto.onnx;

const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

export type OnnxNode = onnxProto.onnx.INodeProto;
export type OnnxTensor = onnxProto.onnx.ITensorProto;
export type OnnxAttribute = onnxProto.onnx.IAttributeProto;

export function node(
  opType: string,
  input: string[],
  output: string | string[],
  attribute: OnnxAttribute[] = [],
): OnnxNode {
  const outputs = typeof output === 'string' ? [output] : output;
  return { opType, name: `${opType}:${outputs.join(',')}`, input, output: outputs, attribute };
}

export function integerAttribute(name: string, i: number): OnnxAttribute {
  return { name, type: AttributeProto.AttributeType.INT, i };
}

export function integersAttribute(name: string, ints: number[]): OnnxAttribute {
  return { name, type: AttributeProto.AttributeType.INTS, ints };
}

/** A vector of 64-bit integers, as the operators take axes and k. */
export function integerTensor(name: string, values: number[]): OnnxTensor {
  const rawData = new Uint8Array(values.length * 8);
  const view = new DataView(rawData.buffer);
  values.forEach((value, i) => view.setBigInt64(i * 8, BigInt(value), true));
  return { name, dims: [values.length], dataType: TensorProto.DataType.INT64, rawData };
}

/** Its data is a view on the tensor's own where the machine is little-endian, as ONNX's raw data always is. */
export function floatTensor(name: string, { shape, data }: Tensor): OnnxTensor {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const rawData = LITTLE_ENDIAN ? bytes : Buffer.from(bytes).swap32();
  return { name, dims: shape, dataType: TensorProto.DataType.FLOAT, rawData };
}

/** The tensor of an initializer, or what is wrong with it. */
export function readFloatTensor(message: OnnxTensor): Tensor | string {
  const shape = (message.dims ?? []).map(Number);
  const raw = message.rawData;
  if (message.dataType !== TensorProto.DataType.FLOAT) return 'is not of 32-bit floats';
  if (!raw || (message.externalData ?? []).length > 0) return 'does not lie in the file as raw data';
  const length = shape.reduce((product, size) => product * size, 1);
  if (!Number.isSafeInteger(length) || raw.byteLength !== length * 4) {
    return `of shape [${shape.join(', ')}] holds ${raw.byteLength} bytes`;
  }
  // Inside the file the floats lie at any offset; a Float32Array needs a multiple of four, hence the copy.
  const bytes = new Uint8Array(raw);
  if (!LITTLE_ENDIAN) Buffer.from(bytes.buffer).swap32();
  return { shape, data: new Float32Array(bytes.buffer) };
}
