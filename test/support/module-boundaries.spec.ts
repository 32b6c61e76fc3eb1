import { Linter } from 'eslint';
import { join } from 'node:path';
import { findViolation, MODULE_IMPORTS, moduleBoundaries } from '../../eslint/module-boundaries.js';

const ALLOWED: [string, string][] = [
  ['main', 'app.module'],
  ['app.module', 'modules/admin/admin.module'],
  ['modules/proxy/chat.controller', 'modules/usage/usage.service'],
  ['modules/users/users.service', 'modules/users/user.entity'],
  ['modules/misuse/misuse.processor', 'queue/jobs'],
  ['queue/outbox', 'database/data-source'],
  ['health/health.controller', 'queue/jobs'],
];
const FORBIDDEN: [string, string, RegExp][] = [
  ['modules/proxy/a', 'modules/misuse/misuse.service', /proxy must not import misuse/],
  ['modules/misuse/a', 'modules/proxy/chat-proxy.service', /misuse must not import proxy/],
  ['modules/usage/a', 'modules/users/users.service', /usage must not import users/],
  ['modules/auth/a', 'modules/users/user.entity', /Entities stay/],
  ['modules/admin/a', 'modules/users/user.entity', /Entities stay/],
  ['modules/users/a', 'modules/admin/admin.service', /must not import admin/],
  ['common/a', 'modules/users/users.service', /must not import a module/],
  ['embedded-servers', 'modules/users/users.service', /must not import a module/],
  ['health/a', 'modules/usage/usage.service', /must not import a module/],
  ['common/a', 'health/health.service', /must not import src\/health/],
  ['modules/proxy/a', 'app.module', /must not import src\/app.module/],
  ['modules/proxy/a', 'modules/usage/index', /no barrels/],
  ['modules/billing/a', 'common/a', /not in the table/],
  ['helpers/a', 'common/a', /not in the table/],
];

it.each(ALLOWED)('%s may import %s', (importer, imported) => {
  expect(findViolation(importer, imported)).toBeUndefined();
});

it.each(FORBIDDEN)('%s must not import %s', (importer, imported, reason) => {
  expect(findViolation(importer, imported)).toMatch(reason);
});

it('lets nobody import admin', () => {
  expect(Object.values(MODULE_IMPORTS).flat()).not.toContain('admin');
});

it.each([
  `import { a } from '../misuse/a.js';`,
  `export { a } from '../misuse/a.js';`,
  `export * from '../misuse/a.js';`,
  `void import('../misuse/a.js');`,
])('sees %s', (code) => {
  const linter = new Linter({ cwd: '/checkout' });
  const config: Linter.Config = {
    files: ['**/*.ts'],
    plugins: { gatehouse: { rules: { boundaries: moduleBoundaries } } },
    rules: { 'gatehouse/boundaries': 'error' },
  };
  const messages = linter.verify(code, config, join('/checkout', 'src/modules/proxy/a.ts'));
  expect(messages.map(({ ruleId, message }) => [ruleId, message])).toEqual([
    ['gatehouse/boundaries', expect.stringContaining('proxy must not import misuse')],
  ]);
});
