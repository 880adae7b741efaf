// The model of USE-lite without this project's threads, windows and results: tokens and passes in this process, one after the other.
import { loadGraph } from '../../libs/embedders/dist/use-lite/graph.js';
import { readModelFiles } from '../../libs/embedders/dist/use-lite/model-files.js';
import { textTokenizer } from '../../libs/embedders/dist/use-lite/tokens.js';

/** As many rows and tokens as the embedder runs together, so that both sides ask the model the same. */
const PASS_ROWS = 16;
const PASS_TOKENS = 256;

export async function bareModel() {
  const files = readModelFiles();
  const tokens = textTokenizer(files.vocabulary);
  const forward = await loadGraph(files);
  /** Texts of at most 128 tokens; one vector each, in no order. */
  return async (texts) => {
    const byLength = Map.groupBy(texts.map(tokens), ({ length }) => length);
    const vectors = [];
    for (const [length, group] of byLength) {
      const rows = Math.max(1, Math.min(PASS_ROWS, Math.floor(PASS_TOKENS / length)));
      for (let at = 0; at < group.length; at += rows) vectors.push(await forward(group.slice(at, at + rows)));
    }
    return vectors;
  };
}
