import 'reflect-metadata';
import { writeFile } from 'node:fs/promises';
import { SERVICE_DATABASES, SERVICES_IN_ORDER } from '@signalbox/standalone';
import { environmentExample, errorsPage, findingsPage, stagesPage } from './pages.js';
import { publishedViewsPage } from './published-views.js';
import { withScratchDatabase } from './scratch-database.js';
import { compose, faultOfHints, subgraphSdl } from './subgraphs.js';

const root = new URL('../../../', import.meta.url);
const write = (path: string, text: string): Promise<void> => writeFile(new URL(path, root), text);

const sdls: Record<string, string> = {};
for (const service of SERVICES_IN_ORDER) {
  const sdl = await subgraphSdl(service);
  sdls[service.name] = sdl;
  await write(`apps/${service.name}/schema.generated.graphql`, sdl);
}
const { supergraph, hints } = compose(sdls);
await write('supergraph.graphql', supergraph);
await write('docs/errors.md', errorsPage());
await write('docs/stages.md', stagesPage());
await write('docs/findings.md', findingsPage());
await write('.env.example', environmentExample());
await withScratchDatabase(SERVICE_DATABASES, async (adminUrl) =>
  write('docs/published-views.md', await publishedViewsPage(adminUrl, SERVICE_DATABASES)),
);
const fault = faultOfHints(hints);
if (fault) process.stderr.write(fault);
process.exit(fault ? 1 : 0);
