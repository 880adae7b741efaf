import 'reflect-metadata';
import { writeFile } from 'node:fs/promises';
import { embeddingService } from '@signalbox/embedding';
import { ingestService } from '@signalbox/ingest';
import { labelingService } from '@signalbox/labeling';
import { registryService } from '@signalbox/registry';
import { trainingService } from '@signalbox/training';
import { errorsPage, stagesPage } from './pages.js';
import { compose, faultOfHints, subgraphSdl } from './subgraphs.js';

const root = new URL('../../../', import.meta.url);
const write = (path: string, text: string): Promise<void> => writeFile(new URL(path, root), text);

const sdls: Record<string, string> = {};
for (const service of [ingestService, labelingService, embeddingService, trainingService, registryService]) {
  const sdl = await subgraphSdl(service);
  sdls[service.name] = sdl;
  await write(`apps/${service.name}/schema.generated.graphql`, sdl);
}
const { supergraph, hints } = compose(sdls);
await write('supergraph.graphql', supergraph);
await write('docs/errors.md', errorsPage());
await write('docs/stages.md', stagesPage());
const fault = faultOfHints(hints);
if (fault) process.stderr.write(fault);
process.exit(fault ? 1 : 0);
