import { join } from 'node:path';

/** Files of a training folder of LLMRouter. */
export const LLMROUTER_FILES = {
  query_data_train: 'query_data_train.jsonl',
  query_data_test: 'query_data_test.jsonl',
  query_embedding_data: 'query_embeddings.pt',
  routing_data_train: 'routing_data_train.jsonl',
  routing_data_test: 'routing_data_test.jsonl',
  llm_data: 'llm_data.json',
  llm_embedding_data: 'llm_embeddings.json',
} as const;

export interface RouterFacts {
  /** Where the folder will be: LLMRouter takes a path that is not absolute for one of its own package. */
  folder: string;
  /** Numbers of a vector. */
  dim: number;
  trainQueries: number;
}

type Value = string | number | boolean | number[];

/** Neighbours on full matrices and on logs with gaps were best from 50 on; a classifier cannot ask for more than there are. */
const NEIGHBOURS = 50;

/** What each router's estimator takes, by the name that `llmrouter train --router` knows it by. */
function hyperparameters({ dim, trainQueries }: RouterFacts): Record<string, Record<string, Value>> {
  const neighbours = Math.max(1, Math.min(NEIGHBOURS, trainQueries));
  return {
    knnrouter: { n_neighbors: neighbours, weights: 'uniform', algorithm: 'brute', metric: 'cosine' },
    svmrouter: { kernel: 'rbf', C: 1, gamma: 'scale' },
    mlprouter: {
      hidden_layer_sizes: [128, 64],
      activation: 'relu',
      lr: 0.001,
      epochs: 30,
      batch_size: 32,
      alpha: 0.0001,
    },
    mfrouter: { latent_dim: 128, text_dim: dim, lr: 0.001, epochs: 5, batch_size: 64, noise_alpha: 0 },
  };
}

/** A YAML file for each router, by its name. Strings are JSON's, which YAML reads as they are. */
export function routerConfigs(facts: RouterFacts): Record<string, string> {
  const data = Object.entries(LLMROUTER_FILES).map(([key, file]) => `  ${key}: ${yaml(join(facts.folder, file))}`);
  return Object.fromEntries(
    Object.entries(hyperparameters(facts)).map(([router, values]) => {
      const model = yaml(join(facts.folder, 'models', `${router}.pkl`));
      const lines = [
        ...['data_path:', ...data],
        // Nothing to start from: LLMRouter looks for a file of this name, and takes none for a new model.
        ...['model_path:', '  ini_model_path: ""', `  save_model_path: ${model}`, `  load_model_path: ${model}`],
        ...['metric:', '  weights:', '    performance: 1'],
        ...['hparam:', ...Object.entries(values).map(([name, value]) => `  ${name}: ${yaml(value)}`)],
      ];
      return [`${router}.yaml`, `${lines.join('\n')}\n`];
    }),
  );
}

const yaml = (value: Value): string => JSON.stringify(value);
