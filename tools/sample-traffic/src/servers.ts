import type { Server } from 'node:http';
import { jaegerServer } from './jaeger-server.js';
import { openaiServer } from './openai-server.js';
import { sideFilesOf } from './side-files.js';
import type { Scenario } from './skills.js';
import { generateTraffic } from './traffic.js';

export interface SampleServersOptions {
  seed?: number;
  scenario?: Scenario;
  /** LLM calls in the traces. */
  calls?: number;
  /** 0 takes a free port. */
  jaegerPort?: number;
  openaiPort?: number;
}

export interface SampleServers {
  jaegerUrl: string;
  /** With `/v1`, as clients of OpenAI's API want it. */
  openaiUrl: string;
  /** ISO 8601, UTC: every span of the traffic starts in [from, to). */
  from: string;
  to: string;
  close(): Promise<void>;
}

export const DEFAULT_SEED = 7;
export const DEFAULT_CALLS = 4400;

/**
 * Starts both servers on 127.0.0.1 and resolves when both listen.
 *
 * @throws the error of `listen` (for example EADDRINUSE) when a port cannot be had; then neither server is left running
 */
export async function startSampleServers({
  seed = DEFAULT_SEED,
  scenario = 'default',
  calls = DEFAULT_CALLS,
  jaegerPort = 0,
  openaiPort = 0,
}: SampleServersOptions = {}): Promise<SampleServers> {
  const traffic = generateTraffic({ seed, scenario, calls });
  const jaeger = jaegerServer(traffic, sideFilesOf(traffic));
  const openai = openaiServer(seed, scenario);
  const close = async (): Promise<void> => {
    await Promise.all([closed(jaeger), closed(openai)]);
  };
  try {
    const [jaegerAt, openaiAt] = await Promise.all([listening(jaeger, jaegerPort), listening(openai, openaiPort)]);
    return {
      jaegerUrl: `http://127.0.0.1:${jaegerAt}`,
      openaiUrl: `http://127.0.0.1:${openaiAt}/v1`,
      from: traffic.from,
      to: traffic.to,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function listening(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('the server has no port'));
      else resolve(address.port);
    });
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeAllConnections();
  });
}
