import prettier from 'eslint-config-prettier';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { moduleBoundaries } from './eslint/module-boundaries.js';

const TYPESCRIPT = ['src/**/*.ts', 'migrations/**/*.ts', 'test/**/*.ts'];
const SPECS_AND_SUPPORT = ['**/*.spec.ts', 'test/**/*.ts'];

const NO_FORWARD_REF = {
  selector: ':matches(ImportSpecifier[imported.name="forwardRef"], CallExpression[callee.name="forwardRef"])',
  message: 'A forwardRef hides a cycle between modules: break the cycle.',
};

const NO_READONLY_LIST = {
  selector: 'PropertyDefinition TSTypeOperator[operator="readonly"]',
  message: 'The OpenAPI document cannot tell the type of a readonly list, and all of it would answer 500.',
};

export default defineConfig(
  globalIgnores(['dist/', 'coverage/', '.data/', '**/*.d.ts']),
  { linterOptions: { noInlineConfig: true } },
  {
    files: TYPESCRIPT,
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-unnecessary-boolean-literal-compare': 'error',
      '@typescript-eslint/no-dynamic-delete': 'error',
      '@typescript-eslint/no-invalid-void-type': 'error',
      '@typescript-eslint/prefer-literal-enum-member': 'error',
      '@typescript-eslint/return-await': 'error',
      '@typescript-eslint/unified-signatures': 'error',
      '@typescript-eslint/use-unknown-in-catch-callback-variable': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      // An interface may ask for a promise where one of its classes has nothing to wait for.
      '@typescript-eslint/require-await': 'off',
      'no-empty': 'error',
      'no-console': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'max-lines': ['error', { max: 320 }],
      'no-restricted-syntax': ['error', NO_FORWARD_REF],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: SPECS_AND_SUPPORT,
    plugins: { gatehouse: { rules: { 'module-boundaries': moduleBoundaries } } },
    rules: { 'gatehouse/module-boundaries': 'error' },
  },
  {
    files: ['src/**/*.{dto,query}.ts'],
    rules: { 'no-restricted-syntax': ['error', NO_FORWARD_REF, NO_READONLY_LIST] },
  },
  {
    files: ['src/**/*.ts', 'migrations/**/*.ts'],
    ignores: ['src/config/**', ...SPECS_AND_SUPPORT],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Only src/config reads the environment.' },
      ],
      'no-restricted-imports': [
        'error',
        {
          paths: ['process', 'node:process'].map((name) => ({
            name,
            importNames: ['env'],
            message: 'Only src/config reads the environment.',
          })),
        },
      ],
    },
  },
  {
    files: SPECS_AND_SUPPORT,
    rules: {
      'no-console': 'off',
      // expect(mock.method) only looks at the mock.
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  {
    files: ['**/*.{js,mjs,cjs}'],
    rules: {
      'no-empty': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'max-lines': ['error', { max: 320 }],
      'no-var': 'error',
      'prefer-const': 'error',
    },
  },
  prettier,
);
