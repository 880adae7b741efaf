// Import and export declarations, and imports at run time; a specifier in prose has no such words before it.
const SPECIFIER = /(?:\bfrom|\bimport)\s*\(?\s*['"](@signalbox\/[\w-]+)/g;

/**
 * Projects of the workspace that a project's production code imports and its package.json does not name. knip sees to packages of
 * others, and lets a private project import any neighbour; an image that installs one service would then lack it.
 * @param {{ name: string, dependencies: string[], sources: { file: string, text: string }[] }[]} projects
 */
export function undeclaredImports(projects) {
  return projects.flatMap(({ name, dependencies, sources }) => {
    const declared = new Set([name, ...dependencies]);
    const found = new Map();
    for (const { file, text } of sources) {
      for (const [, imported] of text.matchAll(SPECIFIER)) {
        if (!declared.has(imported) && !found.has(imported)) found.set(imported, file);
      }
    }
    return [...found].map(
      ([imported, file]) =>
        `${file} imports ${imported}, which ${name} does not declare.\n  Next: add it to the dependencies of ${name}, then npm install and node_modules/.bin/nx sync.`,
    );
  });
}
