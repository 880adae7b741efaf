import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { makeNoun } from './make.mjs';
import { NounRefused } from './names.mjs';

/** `npm run new-noun -- SERVICE NOUN [--plural PLURAL]` */
const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const USAGE = 'npm run new-noun -- SERVICE NOUN [--plural PLURAL], for example: npm run new-noun -- labeling rubric';

function argumentsOf(args) {
  try {
    const { positionals, values } = parseArgs({
      args,
      allowPositionals: true,
      options: { plural: { type: 'string' } },
    });
    const [service, noun, ...more] = positionals;
    if (service !== undefined && noun !== undefined && more.length === 0) return { service, noun, ...values };
  } catch {
    // An unknown option is told like a missing argument.
  }
  throw new NounRefused('INVALID_INPUT', 'A service and a noun are needed, and nothing else.', USAGE);
}

try {
  const { names, written } = await makeNoun(root, argumentsOf(process.argv.slice(2)));
  console.log(`Made ${names.words} in ${names.service}:\n${written.map((file) => `  ${file}`).join('\n')}`);
  console.log(`Next:
  1. Say what it is: its columns in the migration, its fields in the type and the input.
  2. npm run generate                                     writes the API's schema anew
  3. npm test -- --selectProjects ${names.service} -t "${names.wordsPlural}"   runs its spec
  4. npm run lint`);
} catch (error) {
  console.error(error instanceof NounRefused ? error.message : error);
  process.exitCode = 1;
}
