import { parse } from '@babel/parser';

/** Every module a source names: imports and re-exports, type-only ones, `import()` in code and in types. */
export const importsOf = (source: string): readonly string[] => {
  const found: string[] = [];
  visit(programOf(source), found);
  return found;
};

/** The modules that are loaded before this one runs: without those named for a type alone, and without `import()`. */
export const loadedBefore = (source: string): readonly string[] =>
  programOf(source).body.flatMap((node) => {
    if (node.type === 'ImportDeclaration') return node.importKind === 'type' ? [] : [node.source.value];
    if (node.type === 'ExportNamedDeclaration' || node.type === 'ExportAllDeclaration')
      return node.exportKind === 'type' || node.source == null ? [] : [node.source.value];
    return [];
  });

const programOf = (source: string) =>
  parse(source, { sourceType: 'module', plugins: ['typescript', 'importAttributes'] }).program;

type Node = { readonly type?: unknown; readonly [key: string]: unknown };

const visit = (value: unknown, found: string[]): void => {
  if (Array.isArray(value)) {
    for (const item of value) visit(item, found);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  const node = value as Node;
  const named = moduleNamedBy(node);
  if (named !== undefined) found.push(named);
  for (const [key, inner] of Object.entries(node)) if (key !== 'loc') visit(inner, found);
};

const moduleNamedBy = (node: Node): string | undefined => {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
      return textOf(node['source']);
    case 'ImportExpression':
      return textOf(node['source']);
    case 'TSImportType':
      return textOf(node['argument']);
    case 'CallExpression': {
      const callee = node['callee'] as Node | undefined;
      const isRequire =
        callee?.type === 'Import' || (callee?.type === 'Identifier' && callee['name'] === 'require');
      return isRequire ? textOf((node['arguments'] as readonly unknown[])[0]) : undefined;
    }
    default:
      return undefined;
  }
};

/** The text of a string literal, also wrapped as a literal type. */
const textOf = (value: unknown): string | undefined => {
  if (typeof value !== 'object' || value === null) return undefined;
  const node = value as Node;
  if (node.type === 'TSLiteralType') return textOf(node['literal']);
  return typeof node['value'] === 'string' ? node['value'] : undefined;
};
