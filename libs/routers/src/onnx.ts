import { accept, reject, SignalboxError, type Result } from '@signalbox/contracts';
import onnxProto from 'onnx-proto';
import type { FittedModel, Tensor } from './model.js';
import { graphBody, MODEL_PREFIX, TARGETS } from './onnx-graph.js';
import { floatTensor, readFloatTensor } from './onnx-messages.js';
import { tensorFault, tensorNames } from './tensor-shapes.js';

const { ModelProto, TensorProto, Version } = onnxProto.onnx;

const OPSET = 17;
const CANDIDATES_KEY = 'signalbox.candidates';
const TYPE_KEY = 'signalbox.routerType';

/** All of a model but its tensors: what stands beside the ONNX file, in the manifest. */
export type ModelHeader = Omit<FittedModel, 'tensors'>;

/**
 * Writes a model as ONNX (IR 8, opset 17). The same model gives the same bytes.
 *
 * Input `vector` [1, d]; outputs `quality`, `cost` (USD), `seconds` [1, m] as `predict` computes them and, unless constant,
 * `similarity` [1, 1], the cosine to the nearest anchor. Each tensor of the model is the initializer `model/<name>`.
 *
 * @throws SignalboxError `INTERNAL` when the tensors do not fit the type: only a fault in fitting makes such a model.
 */
export function toOnnx(model: FittedModel): Uint8Array {
  const fault = tensorFault(model);
  if (fault) throw new SignalboxError('INTERNAL', `The fitted ${model.type} router cannot be written: ${fault}.`);
  const { nodes, constants } = graphBody(model);
  const outputs = TARGETS.map((target) => valueInfo(target, model.candidates.length));
  if (model.type !== 'constant') outputs.push(valueInfo('similarity', 1));
  const weights = tensorNames(model.type).flatMap((name) => {
    const tensor = model.tensors[name];
    return tensor ? [floatTensor(MODEL_PREFIX + name, tensor)] : [];
  });
  const file = ModelProto.encode({
    irVersion: Version.IR_VERSION,
    producerName: 'signalbox',
    opsetImport: [{ domain: '', version: OPSET }],
    graph: {
      name: `signalbox-${model.type}`,
      node: nodes,
      initializer: [...weights, ...constants],
      input: [valueInfo('vector', model.type === 'constant' ? null : model.dim)],
      output: outputs,
    },
    metadataProps: [
      { key: CANDIDATES_KEY, value: JSON.stringify(model.candidates) },
      { key: TYPE_KEY, value: model.type },
    ],
  }).finish();
  // protobufjs gives a Buffer, whose `slice` is a view and not the copy that a Uint8Array promises.
  return new Uint8Array(file.buffer, file.byteOffset, file.byteLength);
}

/**
 * Reads back the model that {@link toOnnx} wrote. Only the initializers are read; nothing in the file is run.
 * @returns `ARTIFACT_INVALID` when the bytes are no ONNX file, or one that does not fit the header.
 */
export function fromOnnx(bytes: Uint8Array, header: ModelHeader): Result<FittedModel> {
  const invalid = (what: string): Result<FittedModel> =>
    reject('ARTIFACT_INVALID', 'model.onnx', `model.onnx is not a model that this version reads: ${what}.`);
  const file = decode(bytes);
  if (file === null) return invalid('it is no ONNX file');
  const metadata = new Map((file.metadataProps ?? []).map(({ key, value }) => [key, value]));
  if (metadata.get(TYPE_KEY) !== header.type) return invalid(`it holds no ${header.type} router`);
  if (metadata.get(CANDIDATES_KEY) !== JSON.stringify(header.candidates)) {
    return invalid('its candidates are not those of the manifest');
  }
  const tensors = new Map<string, Tensor>();
  for (const initializer of file.graph?.initializer ?? []) {
    const name = initializer.name ?? '';
    if (!name.startsWith(MODEL_PREFIX)) continue;
    const tensor = readFloatTensor(initializer);
    if (typeof tensor === 'string') return invalid(`${name} ${tensor}`);
    if (tensors.has(name)) return invalid(`${name} occurs twice`);
    tensors.set(name, tensor);
  }
  const named = [...tensors].map(([name, tensor]) => [name.slice(MODEL_PREFIX.length), tensor] as const);
  const model: FittedModel = { ...header, tensors: Object.fromEntries(named) };
  const fault = tensorFault(model);
  return fault ? invalid(fault) : accept(model);
}

function decode(bytes: Uint8Array): onnxProto.onnx.ModelProto | null {
  try {
    return ModelProto.decode(bytes);
  } catch {
    return null;
  }
}

/** A length of null is left open: a constant takes a vector of any length and reads none of it. */
function valueInfo(name: string, length: number | null): onnxProto.onnx.IValueInfoProto {
  const last = length === null ? { dimParam: 'd' } : { dimValue: length };
  return {
    name,
    type: { tensorType: { elemType: TensorProto.DataType.FLOAT, shape: { dim: [{ dimValue: 1 }, last] } } },
  };
}
