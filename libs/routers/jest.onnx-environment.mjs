import { TestEnvironment } from 'jest-environment-node';

/** onnxruntime checks `instanceof Float32Array` against the host's classes; Jest gives each spec file classes of its own. */
export default class OnnxEnvironment extends TestEnvironment {
  async setup() {
    await super.setup();
    Object.assign(this.global, { Float32Array, BigInt64Array, Uint8Array, ArrayBuffer });
  }
}
