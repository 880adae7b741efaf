import ts from 'typescript';

const WORD = /[A-Z][A-Z_]*[A-Z]/g;

/**
 * The words in capitals, as error codes are, that a spec asserts: in what a matcher compares with and in the tables of `each`,
 * written there or in a list of the spec. A word elsewhere does not count, nor one that is expected not to be: a list of codes, or
 * a problem that the spec made up itself, reaches nothing.
 */
export function expectedWords(source: string): Set<string> {
  const lists = new Map<string, ts.Expression>();
  const expected: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name) && node.initializer && isData(node.initializer)) {
      lists.set(node.name.text, node.initializer);
    }
    if (ts.isCallExpression(node) && isAssertion(node.expression)) expected.push(...node.arguments);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('spec.ts', source, ts.ScriptTarget.Latest));

  const words = new Set<string>();
  const collect = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node) || ts.isTemplateLiteralToken(node) || ts.isRegularExpressionLiteral(node)) {
      for (const [word] of node.text.matchAll(WORD)) words.add(word);
    } else if (ts.isIdentifier(node)) {
      const list = lists.get(node.text);
      lists.delete(node.text);
      if (list) collect(list);
    }
    ts.forEachChild(node, collect);
  };
  expected.forEach(collect);
  return words;
}

const isData = (node: ts.Expression): boolean =>
  ts.isArrayLiteralExpression(node) ||
  ts.isObjectLiteralExpression(node) ||
  ((ts.isAsExpression(node) || ts.isSatisfiesExpression(node)) && isData(node.expression));

/** Whether what is called is `it.each` or a matcher, such as `expect(...).rejects.toBe`. */
function isAssertion(called: ts.Expression): boolean {
  if (!ts.isPropertyAccessExpression(called)) return false;
  const { name, expression } = called;
  if (ts.isIdentifier(expression)) return name.text === 'each' && /^(it|test|describe)$/.test(expression.text);
  if (ts.isPropertyAccessExpression(expression)) return expression.name.text !== 'not' && isAssertion(expression);
  return (
    ts.isCallExpression(expression) && ts.isIdentifier(expression.expression) && expression.expression.text === 'expect'
  );
}
