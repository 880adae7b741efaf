import { relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { check } from './check.js';
import { type Report, reportText } from './report.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const own = (path: string): string => resolve(root, path);

/** Paths are relative to the repository, where npm runs scripts. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      accept: { type: 'boolean', default: false },
      contract: { type: 'string' },
      json: { type: 'boolean', default: false },
      landed: { type: 'string', default: 'tools/check-contract/landed.graphql' },
    },
  });
  const report = await check(
    {
      supergraph: own('supergraph.graphql'),
      contract: own(values.contract ?? '../shared/api.graphql'),
      notYet: own('tools/check-contract/not-yet.json'),
      landed: own(values.landed),
      changelog: own('CHANGELOG.md'),
    },
    { accept: values.accept, contractNeeded: values.contract !== undefined },
  );
  const shown: Report = { ...report, contract: { ...report.contract, file: relative(root, report.contract.file) } };
  process.stdout.write(values.json ? `${JSON.stringify(shown)}\n` : reportText(shown));
  process.exitCode = report.ok ? 0 : 1;
}

try {
  await main();
} catch (error) {
  // A file that is not there or does not parse, or a bad option: the message says all, and nothing was compared.
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
