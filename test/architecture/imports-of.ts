import { parse } from '@babel/parser';

/** Every module a source names: imports and re-exports, type-only ones, `import()` in code and in types. */
export const importsOf = (source: string): readonly string[] => modulesIn(programOf(source));

const modulesIn = (program: Program): readonly string[] => {
  const found: string[] = [];
  visit(program, found);
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

/** What a source takes from other modules, by their names there; `*` for all of one, as by `import()`. */
export const namesTakenBy = (source: string): readonly (readonly [module: string, name: string])[] => {
  const program = programOf(source);
  const named = program.body.flatMap((node) => {
    if (node.type === 'ImportDeclaration')
      return node.specifiers.map((one) => [node.source.value, importedName(one)] as const);
    if (node.type !== 'ExportNamedDeclaration' || node.source == null) return [];
    const module = node.source.value;
    return node.specifiers.map(
      (one) => [module, one.type === 'ExportSpecifier' ? one.local.name : '*'] as const,
    );
  });
  const declared = program.body.flatMap((node) =>
    'source' in node && node.source != null ? [node.source.value] : [],
  );
  const times = (all: readonly string[], module: string) => all.filter((one) => one === module).length;
  const later = modulesIn(program).filter((module, _, all) => times(all, module) > times(declared, module));
  return [...named, ...[...new Set(later)].map((module) => [module, '*'] as const)];
};

/** Values that a source gives to others; types are no code. */
export const valuesGivenBy = (source: string): readonly string[] =>
  programOf(source).body.flatMap((node) => {
    if (node.type !== 'ExportNamedDeclaration' || node.exportKind === 'type') return [];
    const { declaration, specifiers } = node;
    const named = specifiers.map(({ exported }) => nameOf(exported));
    if (declaration?.type === 'VariableDeclaration')
      return [...named, ...declaration.declarations.map(({ id }) => nameOf(id))];
    const isNamed = declaration?.type === 'FunctionDeclaration' || declaration?.type === 'ClassDeclaration';
    return isNamed ? [...named, nameOf(declaration.id)] : named;
  });

type Program = ReturnType<typeof programOf>;
type Import = Extract<Program['body'][number], { type: 'ImportDeclaration' }>;

const importedName = (one: Import['specifiers'][number]): string =>
  one.type === 'ImportSpecifier' ? nameOf(one.imported) : '*';

/** Of what has one; a pattern has several and none. */
const nameOf = (node: object | null | undefined): string =>
  node != null && 'name' in node && typeof node.name === 'string' ? node.name : '';

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
