import eslint from '@eslint/js';
import prettier from 'eslint-config-prettier';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** `eslint-disable` must say why after `--`; nothing else in the tool chain would ask. */
const reasonedDisables = {
  rules: {
    'reasoned-disable': {
      meta: { messages: { reason: 'Say why, after "--".' } },
      create: (context) => ({
        Program() {
          for (const comment of context.sourceCode.getAllComments()) {
            const isDisable = /^\s*eslint-disable/.test(comment.value);
            if (isDisable && !/\s--\s+\S/.test(comment.value)) {
              context.report({ loc: comment.loc, messageId: 'reason' });
            }
          }
        },
      }),
    },
  },
};

export default defineConfig(
  globalIgnores(['**/dist', 'build', 'coverage', '.test-results', 'data']),
  eslint.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    languageOptions: { parserOptions: { projectService: true } },
    plugins: { signet: reasonedDisables },
    rules: {
      'signet/reasoned-disable': 'error',
      eqeqeq: 'error',
      'no-restricted-properties': [
        'error',
        {
          object: 'process',
          property: 'env',
          message: 'Declare a setting in src/config/settings-table.ts and inject it.',
        },
      ],
      // Nest's modules are classes without members.
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      // An injected class must stay a value import; the rule knows, since metadata is emitted.
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { fixStyle: 'separate-type-imports' },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // `for (const _ of text)` counts code points.
      '@typescript-eslint/no-unused-vars': [
        'error',
        { varsIgnorePattern: '^_', argsIgnorePattern: '^_', destructuredArrayIgnorePattern: '^_' },
      ],
      '@typescript-eslint/dot-notation': 'off',
      // Views, DTOs and entities are data without methods; literals and copies of them are the idiom here.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/no-misused-spread': 'off',
      // It wants `x!`, which another rule forbids: a cast has its reason beside it.
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
  {
    files: [
      'src/config/**',
      'ormconfig.ts',
      'test/support/**',
      'test/faults/**',
      'test/interop/**',
      'packages/*/examples/**',
      'scripts/**',
      'bench/**',
      '*.js',
    ],
    rules: { 'no-restricted-properties': 'off' },
  },
  {
    // Handlers that do nothing are what a test of guards and decorators is made of.
    files: ['**/*.spec.ts', 'test/**', 'packages/*/test/**'],
    rules: { '@typescript-eslint/no-empty-function': 'off' },
  },
  {
    // Decorated by calls, which the rule does not know: JavaScript has no syntax for it yet.
    files: ['bench/servers/**', 'test/interop/consumers/**'],
    rules: { '@typescript-eslint/no-extraneous-class': 'off' },
  },
  {
    files: ['**/*.{js,mjs,cjs}'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: {
      globals: {
        console: 'readonly',
        fetch: 'readonly',
        process: 'readonly',
        Buffer: 'readonly',
        URL: 'readonly',
        URLSearchParams: 'readonly',
        setInterval: 'readonly',
        clearInterval: 'readonly',
        module: 'writable',
      },
    },
  },
  prettier,
);
