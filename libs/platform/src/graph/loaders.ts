import DataLoader from 'dataloader';

export interface GraphContext {
  loaders: Loaders;
}

/** The DataLoaders of one request: one batch a kind, however many entities the gateway asks for. */
export class Loaders {
  private readonly byName = new Map<string, unknown>();

  /**
   * The value of `key`, loaded together with all others of this `name` in the same tick.
   * @param batch gives the values by key; a key without a value resolves to null.
   */
  load<V>(name: string, key: string, batch: (keys: readonly string[]) => Promise<Map<string, V>>): Promise<V | null> {
    const known = this.byName.get(name);
    if (known instanceof DataLoader) return known.load(key);
    const loader = new DataLoader<string, V | null>(async (keys) => {
      const found = await batch(keys);
      return keys.map((each) => found.get(each) ?? null);
    });
    this.byName.set(name, loader);
    return loader.load(key);
  }
}
