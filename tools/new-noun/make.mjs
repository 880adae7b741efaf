import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as prettier from 'prettier';
import { addImports, appendToArray } from './edit.mjs';
import { NounRefused, namesOf } from './names.mjs';
import { filesOf } from './templates.mjs';

/**
 * Makes a noun in a service of the repository at `root`: its folder, a migration, and both wired in. Everything is worked out before
 * the first file is written, so that a refusal leaves nothing behind.
 * @returns {Promise<{ names: ReturnType<typeof namesOf>, written: string[] }>} paths in the repository
 * @throws NounRefused
 */
export async function makeNoun(root, { service, noun, plural }) {
  const names = namesOf(service, noun, plural);
  const src = path.join('apps', service, 'src');
  const read = (file) => readFileSync(path.join(root, file), 'utf8');
  refuseExisting(root, src, names, read('supergraph.graphql'));

  const migration = nextMigration(readdirSync(path.join(root, src, 'migrations')), names, service, (file) =>
    read(path.join(src, 'migrations', file)),
  );
  const files = Object.fromEntries(
    Object.entries(filesOf(names, migration)).map(([file, text]) => [path.join(src, file), text]),
  );
  const moduleFile = path.join(src, `${service}.module.ts`);
  const parts = ['repository', 'service', 'resolver'];
  const classes = parts.map((part) => `${names.type}${part.charAt(0).toUpperCase()}${part.slice(1)}`);
  files[moduleFile] = addImports(
    moduleFile,
    appendToArray(moduleFile, read(moduleFile), 'providers', [`...[${classes.join(', ')}]`]),
    parts.map((part, n) => ({ name: classes[n], from: `./${names.plural}/${noun}.${part}.js` })),
  );
  const databaseFile = path.join(src, `${service}.database.ts`);
  files[databaseFile] = addImports(
    databaseFile,
    appendToArray(databaseFile, read(databaseFile), 'migrations', [migration.name]),
    [{ name: migration.name, from: `./migrations/${migration.file}.js` }],
  );

  const options = await prettier.resolveConfig(path.join(root, 'package.json'));
  const formatted = await Promise.all(
    Object.entries(files).map(async ([file, text]) => [
      file,
      await prettier.format(text, { ...options, parser: 'typescript' }),
    ]),
  );
  await mkdir(path.join(root, src, names.plural));
  for (const [file, text] of formatted) await writeFile(path.join(root, file), text);
  return { names, written: formatted.map(([file]) => file) };
}

/** GraphQL is one for all services, so that a type or field of any of them is taken. */
function refuseExisting(root, src, { plural, type, field, fields }, supergraph) {
  const folder = path.join(src, plural);
  if (existsSync(path.join(root, folder))) {
    throw new NounRefused('CONFLICT', `${folder} is there already.`, 'Change what is in it, or choose another noun.');
  }
  const types = [type, `${type}Edge`, `${type}Connection`, `Create${type}Input`];
  const taken = types.find((name) =>
    new RegExp(`^(type|enum|input|interface|scalar|union) ${name}\\b`, 'm').test(supergraph),
  );
  const roots = [...supergraph.matchAll(/^type (?:Query|Mutation)\b[^{]*\{(.*?)^\}/gms)]
    .map(([, body]) => body)
    .join('\n');
  const asked = [field, fields, `create${type}`].find((name) => new RegExp(`^  ${name}\\b`, 'm').test(roots));
  if (taken ?? asked) {
    throw new NounRefused(
      'CONFLICT',
      `The API has a ${taken ? 'type' : 'field'} ${taken ?? asked} already (supergraph.graphql).`,
      'Choose another noun.',
    );
  }
}

/** TypeORM runs migrations in the order of the 13 digits that end their names. */
function nextMigration(files, { types, plural }, service, read) {
  const numbers = files.map((file) => Number(/^(\d{4})-/.exec(file)?.[1] ?? 0));
  const stamps = files.flatMap((file) =>
    [...read(file).matchAll(/\bclass \w*?(\d{13})\b/g)].map(([, stamp]) => Number(stamp)),
  );
  if (stamps.length === 0) {
    throw new NounRefused(
      'CONFLICT',
      `apps/${service}/src/migrations holds no migration to come after.`,
      'Write the first one by hand, with 13 digits at the end of its name.',
    );
  }
  const number = String(Math.max(...numbers) + 1).padStart(4, '0');
  return { file: `${number}-${plural}`, name: `${types}${Math.max(...stamps) + 1}` };
}
