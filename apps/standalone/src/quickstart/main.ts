import 'reflect-metadata';
import { writableFolder } from '@signalbox/database';
import { processEnvironment, runMain } from '@signalbox/platform';
import { standaloneEnvironmentOf } from '../environment.js';
import { startStandalone } from '../start-standalone.js';
import { dataFolderOf } from './data-folder.js';
import { GraphClient } from './graph-client.js';
import { QuickstartLoop, type Surroundings } from './loop.js';
import { quickstartOptions, type QuickstartOptions } from './options.js';
import { reportJson, reportText, type Report } from './report.js';
import { RunStateFile } from './run-state.js';
import { readApplicationRecords, startSampleServers, type SampleServers } from './sample-process.js';

const LOOK_BACK_DAYS = 30;
const startedAt = performance.now();
const tell = (line: string): void => {
  process.stderr.write(`${((performance.now() - startedAt) / 1000).toFixed(1).padStart(6)} s  ${line}\n`);
};

function ownSurroundings(options: QuickstartOptions & { jaeger: string }, to: Date): Surroundings {
  return {
    jaegerUrl: options.jaeger,
    service: options.service,
    from: new Date(to.getTime() - LOOK_BACK_DAYS * 86_400_000).toISOString(),
    to: to.toISOString(),
    judge: options.judgeUrl && options.judgeModel ? { baseUrl: options.judgeUrl, model: options.judgeModel } : null,
    replayUrl: options.replayUrl ?? null,
    records: null,
  };
}

async function sampleSurroundings(servers: SampleServers): Promise<Surroundings> {
  return {
    jaegerUrl: servers.jaegerUrl,
    service: 'litellm',
    from: servers.from,
    to: servers.to,
    judge: { baseUrl: servers.openaiUrl, model: 'sample-judge' },
    replayUrl: servers.openaiUrl,
    records: await readApplicationRecords(servers.jaegerUrl),
  };
}

/** Seconds of each stage by the records of the retrain, and since the start of the process. */
function secondsOf({ stages }: Report): Record<string, number> {
  const seconds = stages.flatMap(({ stage, startedAt: from, finishedAt: to }) =>
    from !== null && to !== null ? [[stage, (Date.parse(to) - Date.parse(from)) / 1000] as const] : [],
  );
  return { ...Object.fromEntries(seconds), total: (performance.now() - startedAt) / 1000 };
}

await runMain(async () => {
  const options = quickstartOptions(process.argv);
  const base = standaloneEnvironmentOf(processEnvironment());
  const environment = { ...base, dataFolder: dataFolderOf(base.dataFolder, options) };
  const { jaeger } = options;
  const states = new RunStateFile(await writableFolder(environment.dataFolder));
  const state = await states.open(
    JSON.stringify({ jaeger, service: options.service, scenario: options.scenario, seed: options.seed }),
    new Date(),
  );
  const closers: (() => Promise<void>)[] = [];
  let closing = false;
  const close = async () => {
    closing = true;
    while (closers.length > 0) await closers.pop()?.();
  };
  try {
    // Before the services: an extraction that a killed run left goes on as soon as they are up.
    let surroundings: Surroundings;
    if (jaeger === undefined) {
      const servers = await startSampleServers({ ...state, seed: options.seed, scenario: options.scenario });
      closers.push(async () => servers.close());
      state.jaegerPort = Number(new URL(servers.jaegerUrl).port);
      state.openaiPort = Number(new URL(servers.openaiUrl).port);
      surroundings = await sampleSurroundings(servers);
    } else {
      surroundings = ownSurroundings({ ...options, jaeger }, new Date(state.openedAt));
    }
    await states.save(state);
    tell('starting PostgreSQL, five services and the gateway');
    const running = await startStandalone({ ...environment, port: options.port ?? environment.port });
    closers.push(() => running.close());
    tell(`up: GraphQL at ${running.url}`);
    const work = async () => {
      const loop = new QuickstartLoop(new GraphClient(running.url), options, tell, state.runId);
      const report = await loop.run(surroundings).catch(async (error: unknown) => {
        // A run that failed is over: the next start is another run, whose work is not the failed one.
        if (!closing) await states.save({ ...state, finished: true });
        throw error;
      });
      await states.save({ ...state, finished: true });
      process.stdout.write(`${reportText(report)}\n`);
      if (options.json) {
        const timings = options.timings ? { seconds: secondsOf(report) } : {};
        process.stdout.write(`${JSON.stringify({ ...reportJson(report), ...timings })}\n`);
      }
      if (options.once) return 'end';
      const stays = `(Ctrl-C stops everything; the data stays in ${environment.dataFolder})`;
      process.stdout.write(`GraphQL: ${running.url} ${stays}\n`);
      return 'stay up';
    };
    return { close, work };
  } catch (error) {
    await close();
    throw error;
  }
});
