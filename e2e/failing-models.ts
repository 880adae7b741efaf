import { modelsDoor } from './models-door.js';
import type { SmallTraffic } from './small-loop.js';

export interface FailingModels extends SmallTraffic {
  /** The status with which a model fails at once; null while it answers. What is refused is not paid. */
  failWith: (model: string) => number | null;
}

/** The same traffic, whose judge and candidates fail when a test says so. */
export async function failingModels(traffic: SmallTraffic): Promise<FailingModels> {
  const { openaiUrl } = traffic.servers;
  const door = await modelsDoor(openaiUrl, (asked, path) => {
    const status = models.failWith(asked.model);
    return status === null ? { asked, path } : { status };
  });
  const models: FailingModels = {
    servers: { ...traffic.servers, openaiUrl: `${door.url}${new URL(openaiUrl).pathname}` },
    failWith: () => null,
    paid: () => traffic.paid(),
    close: async () => {
      await door.close();
      await traffic.close();
    },
  };
  return models;
}
