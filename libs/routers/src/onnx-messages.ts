import onnxProto from 'onnx-proto';
import type { Tensor } from './model.js';

const { AttributeProto, TensorProto } = onnxProto.onnx;

export type OnnxNode = onnxProto.onnx.INodeProto;
export type OnnxTensor = onnxProto.onnx.ITensorProto;
export type OnnxAttribute = onnxProto.onnx.IAttributeProto;

export function node(opType: string, input: string[], output: string | string[], attribute: OnnxAttribute[] = []): OnnxNode {
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

/** ONNX keeps raw data little-endian whatever the machine, so floats go through a DataView. */
export function floatTensor(name: string, { shape, data }: Tensor): OnnxTensor {
  const rawData = new Uint8Array(data.length * 4);
  const view = new DataView(rawData.buffer);
  data.forEach((value, i) => view.setFloat32(i * 4, value, true));
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
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  return { shape, data: Float32Array.from({ length }, (_, i) => view.getFloat32(i * 4, true)) };
}
