import { dirname, relative, resolve, sep } from 'node:path';

/** Folders and files of `src` that carry the modules and know none of them. */
export const FOUNDATIONS = ['config', 'common', 'database', 'queue', 'embedded-servers'];

/** The modules in `src/modules`, each with those whose services and types it may import. */
export const MODULE_IMPORTS = {
  usage: [],
  classification: [],
  audit: [],
  tasks: ['audit'],
  users: ['usage', 'audit'],
  'api-keys': ['users', 'usage', 'audit'],
  auth: ['users', 'api-keys', 'usage', 'audit'],
  proxy: ['auth', 'api-keys', 'usage', 'tasks', 'classification'],
  misuse: ['users', 'usage', 'audit', 'tasks', 'classification'],
  privacy: ['users', 'api-keys', 'usage', 'audit', 'misuse'],
  admin: ['users', 'api-keys', 'auth', 'usage', 'audit', 'privacy', 'classification', 'tasks', 'proxy', 'misuse'],
};

/** Folders of `src` beside the modules: they may import foundations only. */
const OUTER_FOLDERS = ['health'];

/** Folders of `src` that put the parts together, as its files do. */
const COMPOSING_FOLDERS = ['cli'];

/**
 * The part of the application a file belongs to.
 * @param {string} file path relative to `src`, with forward slashes and without extension
 */
function partOf(file) {
  const [first, second] = file.split('/');
  if (first === 'modules') return { kind: 'module', name: second };
  if (FOUNDATIONS.includes(first)) return { kind: 'foundation', name: first };
  if (OUTER_FOLDERS.includes(first)) return { kind: 'outer', name: first };
  if (COMPOSING_FOLDERS.includes(first)) return { kind: 'root', name: first };
  return file.includes('/') ? { kind: 'unknown', name: first } : { kind: 'root', name: first };
}

/**
 * Says why one file of `src` must not import another; undefined when it may.
 * @param {string} importer path relative to `src`, with forward slashes and without extension
 * @param {string} imported the same
 * @returns {string | undefined}
 */
export function findViolation(importer, imported) {
  if (imported === 'index' || imported.endsWith('/index')) return 'Import the file itself: there are no barrels here.';
  const from = partOf(importer);
  const to = partOf(imported);
  for (const { kind, name } of [from, to]) {
    if (kind === 'unknown') return `src/${name} is not in the table of eslint/module-boundaries.js.`;
    if (kind === 'module' && !(name in MODULE_IMPORTS))
      return `Module ${name} is not in the table of eslint/module-boundaries.js.`;
  }
  if (from.kind === 'root' || (from.kind === to.kind && from.name === to.name)) return undefined;
  if (to.kind === 'foundation') return undefined;
  if (to.kind !== 'module') return `${from.name} must not import src/${to.name}.`;
  if (from.kind !== 'module') return `${from.name} must not import a module (${to.name}).`;
  if (!MODULE_IMPORTS[from.name].includes(to.name)) {
    const allowed = MODULE_IMPORTS[from.name].join(', ') || 'no other module';
    return `Module ${from.name} must not import ${to.name}; it may import ${allowed}.`;
  }
  if (imported.endsWith('.entity')) return `Entities stay in their module: use a service or a type of ${to.name}.`;
  return undefined;
}

const withoutExtension = (path) =>
  path
    .replace(/\.[cm]?[jt]s$/, '')
    .split(sep)
    .join('/');

/** @type {import('eslint').Rule.RuleModule} */
export const moduleBoundaries = {
  meta: {
    type: 'problem',
    docs: { description: 'Modules import each other only as the table in this file allows.' },
    messages: { forbidden: '{{reason}}' },
    schema: [],
  },
  create(context) {
    const sourceRoot = resolve(context.cwd, 'src');
    const importer = relative(sourceRoot, context.filename);
    if (importer.startsWith('..')) return {};
    const check = (node) => {
      const specifier = node?.type === 'TSLiteralType' ? node.literal : node;
      if (typeof specifier?.value !== 'string' || !specifier.value.startsWith('.')) return;
      const imported = relative(sourceRoot, resolve(dirname(context.filename), specifier.value));
      if (imported.startsWith('..')) return;
      const reason = findViolation(withoutExtension(importer), withoutExtension(imported));
      if (reason !== undefined) context.report({ node: specifier, messageId: 'forbidden', data: { reason } });
    };
    return {
      ImportDeclaration: (node) => check(node.source),
      ExportNamedDeclaration: (node) => check(node.source),
      ExportAllDeclaration: (node) => check(node.source),
      ImportExpression: (node) => check(node.source),
      TSImportType: (node) => check(node.source ?? node.argument),
    };
  },
};
