const WORDS = 4;
/** Of 128 bits; two of a billion different texts share them with a probability of 1.5e-21. */
const DIGEST_BYTES = 4 * WORDS;
const FIRST_CAPACITY = 1024;

/**
 * Numbers digests 0, 1, 2, ... in the order in which they are first seen. A table in typed arrays: a Map of as many strings takes
 * five times the memory, which decides how large a dataset can be.
 */
export class DigestIds {
  private count = 0;
  private digests = new Uint32Array(FIRST_CAPACITY * WORDS);
  /** Id + 1 by slot; at most half of the slots are taken. */
  private slots = new Int32Array(2 * FIRST_CAPACITY);

  get size(): number {
    return this.count;
  }

  /** @param digest its first {@link DIGEST_BYTES} bytes count; they must be as good as random */
  idOf(digest: Uint8Array): number {
    const view = new DataView(digest.buffer, digest.byteOffset, DIGEST_BYTES);
    const words = [view.getUint32(0), view.getUint32(4), view.getUint32(8), view.getUint32(12)];
    const mask = this.slots.length - 1;
    let slot = (words[0] ?? 0) & mask;
    for (let taken = this.slots[slot] ?? 0; taken !== 0; taken = this.slots[slot] ?? 0) {
      const at = (taken - 1) * WORDS;
      if (words.every((word, k) => this.digests[at + k] === word)) return taken - 1;
      slot = (slot + 1) & mask;
    }
    if (2 * (this.count + 1) > this.slots.length) {
      this.grow();
      return this.idOf(digest);
    }
    this.digests.set(words, this.count * WORDS);
    this.count += 1;
    this.slots[slot] = this.count;
    return this.count - 1;
  }

  /** Orders ids by their digests. */
  compare(left: number, right: number): number {
    for (let k = 0; k < WORDS; k += 1) {
      const difference = (this.digests[left * WORDS + k] ?? 0) - (this.digests[right * WORDS + k] ?? 0);
      if (difference !== 0) return difference;
    }
    return 0;
  }

  /** The first 16 hexadecimal digits of a digest. */
  hexOf(id: number): string {
    const [high = 0, low = 0] = this.digests.subarray(id * WORDS, id * WORDS + 2);
    return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0');
  }

  private grow(): void {
    const digests = new Uint32Array(2 * this.digests.length);
    digests.set(this.digests);
    this.digests = digests;
    this.slots = new Int32Array(2 * this.slots.length);
    const mask = this.slots.length - 1;
    for (let id = 0; id < this.count; id += 1) {
      let slot = (digests[id * WORDS] ?? 0) & mask;
      while (this.slots[slot] !== 0) slot = (slot + 1) & mask;
      this.slots[slot] = id + 1;
    }
  }
}
