import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import onnxProto from 'onnx-proto';

const { ModelProto, TensorProto } = onnxProto.onnx;
const WORDS =
  'what is the capital of france name city italy write a python function that reverses list b translate good morning into spanish tell me solve step by train travels 120 km in 1 5 hours its speed word'.split(
    ' ',
  );
const VOCABULARY = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', ...WORDS, ...Array.from({ length: 997 }, (_, i) => `word${i}`)];
export const TINY_DIM = 32;
export const TINY_TOKENS = 64;

export interface TinyModel {
  pooling: Record<string, boolean>;
  inputs: readonly string[];
  seed: string;
}

/**
 * Writes a folder as sentence-transformers exports one, whose model gives each token of a vocabulary a vector of its own: pseudo-random
 * weights, and the files and names of a real one.
 */
export async function writeTinyModel(folder: string, given: Partial<TinyModel> = {}): Promise<void> {
  const { pooling, inputs, seed } = {
    ...{ pooling: { pooling_mode_mean_tokens: true }, inputs: ['input_ids', 'attention_mask'], seed: '' },
    ...given,
  };
  await mkdir(join(folder, '1_Pooling'), { recursive: true });
  const json = (file: string, value: unknown) => writeFile(join(folder, file), JSON.stringify(value));
  await json('config.json', { model_type: 'bert', hidden_size: TINY_DIM, max_position_embeddings: 512 });
  await json('sentence_bert_config.json', { max_seq_length: TINY_TOKENS, do_lower_case: false });
  await json('modules.json', [
    { idx: 0, name: '0', path: '', type: 'sentence_transformers.models.Transformer' },
    { idx: 1, name: '1', path: '1_Pooling', type: 'sentence_transformers.models.Pooling' },
    { idx: 2, name: '2', path: '2_Normalize', type: 'sentence_transformers.models.Normalize' },
  ]);
  await json('1_Pooling/config.json', { word_embedding_dimension: TINY_DIM, ...pooling });
  await json('tokenizer_config.json', { model_max_length: 512, tokenizer_class: 'BertTokenizer' });
  await json('tokenizer.json', tokenizer());
  await writeFile(join(folder, 'model.onnx'), graph(inputs, seed));
}

function tokenizer() {
  const special = (content: string) => ({
    ...{ id: VOCABULARY.indexOf(content), content, single_word: false, lstrip: false, rstrip: false },
    ...{ normalized: false, special: true },
  });
  const around = (content: string) => ({ SpecialToken: { id: content, type_id: 0 } });
  const ofTemplate = (content: string) => ({ id: content, ids: [VOCABULARY.indexOf(content)], tokens: [content] });
  return {
    ...{ version: '1.0', truncation: null, padding: null },
    added_tokens: ['[PAD]', '[UNK]', '[CLS]', '[SEP]'].map(special),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [around('[CLS]'), { Sequence: { id: 'A', type_id: 0 } }, around('[SEP]')],
      pair: [
        around('[CLS]'),
        { Sequence: { id: 'A', type_id: 0 } },
        around('[SEP]'),
        { Sequence: { id: 'B', type_id: 1 } },
      ],
      special_tokens: { '[CLS]': ofTemplate('[CLS]'), '[SEP]': ofTemplate('[SEP]') },
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      ...{ type: 'WordPiece', unk_token: '[UNK]', continuing_subword_prefix: '##', max_input_chars_per_word: 100 },
      vocab: Object.fromEntries(VOCABULARY.map((word, id) => [word, id])),
    },
  };
}

function graph(inputs: readonly string[], seed: string): Uint8Array {
  const weights = Float32Array.from(
    VOCABULARY.flatMap((word) =>
      [
        ...createHash('sha256')
          .update(word + seed)
          .digest(),
      ].map((byte) => byte / 128 - 1),
    ),
  );
  const { FLOAT, INT64 } = TensorProto.DataType;
  const shaped = (name: string, elemType: number, ...sizes: (string | number)[]) => ({
    name,
    type: {
      tensorType: {
        elemType,
        shape: { dim: sizes.map((size) => (typeof size === 'string' ? { dimParam: size } : { dimValue: size })) },
      },
    },
  });
  return ModelProto.encode({
    irVersion: 8,
    opsetImport: [{ domain: '', version: 17 }],
    graph: {
      name: 'tiny',
      node: [{ opType: 'Gather', input: ['embeddings', 'input_ids'], output: ['last_hidden_state'], attribute: [] }],
      initializer: [
        {
          ...{ name: 'embeddings', dims: [VOCABULARY.length, TINY_DIM], dataType: FLOAT },
          rawData: new Uint8Array(weights.buffer),
        },
      ],
      input: inputs.map((name) => shaped(name, INT64, 'batch', 'tokens')),
      output: [shaped('last_hidden_state', FLOAT, 'batch', 'tokens', TINY_DIM)],
    },
  }).finish();
}
