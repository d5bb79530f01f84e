import { parser } from '@prometheus-io/lezer-promql';
import type { SyntaxNode } from '@lezer/common';

const COMPARISONS: ReadonlySet<string> = new Set(['Eql', 'Neq', 'Gtr', 'Gte', 'Lss', 'Lte']);
const SETS: ReadonlySet<string> = new Set(['And', 'Or', 'Unless']);

const childrenOf = (node: SyntaxNode): readonly SyntaxNode[] => {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) children.push(child);
  return children;
};

const rootOf = (expression: string): SyntaxNode => {
  const tree = parser.parse(expression);
  tree.iterate({
    enter: ({ type, from }) => {
      if (type.isError) throw new Error(`not PromQL, at ${from}: ${expression}`);
    },
  });
  const root = tree.topNode.firstChild;
  if (root === null) throw new Error('not PromQL: nothing there');
  return root;
};

/**
 * The operands of an expression's comparisons: an alert returns nothing while all is well, but its operands always have
 * data. An expression without a comparison is its own and only part.
 */
export const comparedParts = (expression: string): readonly string[] => {
  const partsOf = (node: SyntaxNode): readonly string[] => {
    const children = childrenOf(node);
    const first = children[0];
    const last = children.at(-1);
    if (first === undefined || last === undefined) return [expression.slice(node.from, node.to)];
    if (node.name === 'ParenExpr') return partsOf(first);
    const isJoin = children.some(({ name }) => COMPARISONS.has(name) || SETS.has(name));
    if (node.name === 'BinaryExpr' && isJoin) return [...partsOf(first), ...partsOf(last)];
    if (node.name === 'FunctionCall' && first.firstChild?.name === 'Absent')
      return childrenOf(last).flatMap(partsOf);
    return [expression.slice(node.from, node.to)];
  };
  return partsOf(rootOf(expression)).filter((part) => Number.isNaN(Number(part)));
};

/** Every selector of an expression, with its range when it has one. */
export const selectorsOf = (expression: string): readonly string[] => {
  const selectors: string[] = [];
  rootOf(expression)
    .cursor()
    .iterate(({ node }) => {
      if (node.name !== 'VectorSelector') return undefined;
      const whole = node.parent?.name === 'MatrixSelector' ? node.parent : node;
      selectors.push(expression.slice(whole.from, whole.to));
      return false;
    });
  return selectors;
};

/** The names of the metrics in an expression. */
export const metricsOf = (expression: string): readonly string[] =>
  selectorsOf(expression).map((selector) => /^[a-zA-Z_:][a-zA-Z0-9_:]*/.exec(selector)?.[0] ?? '');
