import ts from 'typescript';
import { NounRefused } from './names.mjs';

const sourceOf = (file, text) => ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);

/**
 * Adds elements to the end of the array that is the value of the file's one property called `property`. Nothing else of the file's
 * form matters; the result is to be formatted.
 * @throws NounRefused when there is no such property, or more than one
 */
export function appendToArray(file, text, property, elements) {
  const found = [];
  const visit = (node) => {
    if (
      ts.isPropertyAssignment(node) &&
      node.name.getText() === property &&
      ts.isArrayLiteralExpression(node.initializer)
    ) {
      found.push(node.initializer);
    }
    ts.forEachChild(node, visit);
  };
  visit(sourceOf(file, text));
  const [array] = found;
  if (found.length !== 1) {
    throw new NounRefused(
      'CONFLICT',
      `${file} has ${found.length} properties "${property}" with an array, where one is looked for.`,
      `Leave one array literal "${property}: [...]" in that file, and run this again.`,
    );
  }
  const last = array.elements.at(-1);
  const at = last ? last.getEnd() : array.getStart() + 1;
  return `${text.slice(0, at)}${last ? ', ' : ''}${elements.join(', ')}${text.slice(at)}`;
}

/** Adds import declarations, each before the first relative import that sorts after it. */
export function addImports(file, text, imports) {
  let changed = text;
  for (const { name, from } of imports) {
    const declarations = sourceOf(file, changed).statements.filter(ts.isImportDeclaration);
    const next = declarations.find(
      ({ moduleSpecifier }) => moduleSpecifier.text.startsWith('.') && moduleSpecifier.text > from,
    );
    const at = next ? next.getStart() : (declarations.at(-1)?.getEnd() ?? 0);
    const line = `import { ${name} } from '${from}';`;
    changed = `${changed.slice(0, at)}${next ? `${line}\n` : `\n${line}`}${changed.slice(at)}`;
  }
  return changed;
}
