import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { undeclaredImports } from './imports.mjs';
import { judgeLicences } from './licences.mjs';
import { AGAINST_SERVICES, ALLOWED, EXCEPTIONS } from './policy.mjs';

/** `npm run licences`: the licence of every package in the lock file, and what projects import without declaring it. */
const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const inRoot = (...parts) => path.join(root, ...parts);
const readText = (file) => (existsSync(inRoot(file)) ? readFileSync(inRoot(file), 'utf8') : undefined);
const readJson = (file) => JSON.parse(readText(file) ?? '{}');

const lock = Object.entries(readJson('package-lock.json').packages);

/** Also packages for other platforms, which are not installed here: the lock file names their licences. */
const packages = lock.flatMap(([folder, locked]) => {
  if (!folder.includes('node_modules/') || locked.link) return [];
  const { name = folder.split('node_modules/').at(-1), version, dev, devOptional } = locked;
  const { license, licenses } = readJson(path.join(folder, 'package.json'));
  const own = (license ?? licenses) ? { license, licenses } : { license: locked.license };
  return [{ name, version, development: Boolean(dev ?? devOptional), ...own, text: licenceText(folder) }];
});

function licenceText(folder) {
  if (!existsSync(inRoot(folder))) return '';
  return readdirSync(inRoot(folder), { withFileTypes: true })
    .filter((entry) => entry.isFile() && /^(licen[cs]e|copying)/i.test(entry.name))
    .map(({ name }) => readText(path.join(folder, name)))
    .join('\n');
}

const projects = lock
  .filter(([folder]) => folder !== '' && !folder.includes('node_modules/'))
  .map(([folder]) => {
    const { name, dependencies = {} } = readJson(path.join(folder, 'package.json'));
    const files = readdirSync(inRoot(folder, 'src'), { recursive: true, encoding: 'utf8' });
    const sources = files
      // The linter knows what tests may import.
      .filter((file) => file.endsWith('.ts') && !/\.(spec|conformance|harness)\.ts$|^testing\//.test(file))
      .map((file) => path.join(folder, 'src', file));
    return {
      name,
      dependencies: Object.keys(dependencies),
      sources: sources.map((file) => ({ file, text: readText(file) })),
    };
  });

const { rows, faults } = judgeLicences(
  packages,
  { allowed: ALLOWED, againstServices: AGAINST_SERVICES, exceptions: EXCEPTIONS },
  readText,
);
const widest = Math.max(...rows.map(({ licence }) => licence.length));
console.log(`${'licence'.padEnd(widest)}  production  development`);
for (const { licence, production, development, packages: names } of rows) {
  console.log(
    `${licence.padEnd(widest)}  ${String(production).padStart(10)}  ${String(development).padStart(11)}  ${names}`,
  );
}
for (const { licence, adr } of EXCEPTIONS) console.log(`${licence} is an exception: ${adr}`);
console.log(`${packages.length} packages, ${projects.length} projects`);

const found = [...faults, ...undeclaredImports(projects)];
for (const fault of found) console.error(`\n${fault}`);
if (found.length > 0) process.exitCode = 1;
