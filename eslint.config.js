import js from '@eslint/js'
import { defineConfig } from 'eslint/config'
import tseslint from 'typescript-eslint'
import { anywhereRule } from './tools/eslint/anywhere.js'
import { circlesRule } from './tools/eslint/circles.js'
import { floorsRule } from './tools/eslint/floors.js'
import { noLiteralSpread, noTuplePacking } from './tools/eslint/plain-code.js'

const house = {
  rules: {
    anywhere: anywhereRule,
    circles: circlesRule,
    floors: floorsRule,
    'no-literal-spread': noLiteralSpread,
    'no-tuple-packing': noTuplePacking,
  },
}

export default defineConfig(
  { ignores: ['**/dist/', '**/node_modules/', 'runs/', 'docs/api/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    plugins: { house },
    rules: {
      'house/floors': 'error',
      'house/no-literal-spread': 'error',
      'house/no-tuple-packing': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unnecessary-type-assertion': 'error',
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'no default exports' },
      ],
    },
  },
  {
    files: ['packages/*/src/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: {
      'house/anywhere': [
        'error',
        [
          '@bufbuild/protobuf',
          '@whitewater/tensor',
          'fflate',
          'onnx-buf',
          'onnxruntime-common',
          'onnxruntime-web',
          'zod',
        ],
      ],
      'house/circles': 'error',
    },
  },
  {
    files: ['**/*.config.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    files: ['**/*.js'],
    plugins: { house },
    rules: { 'house/no-literal-spread': 'error', 'house/no-tuple-packing': 'error' },
    languageOptions: {
      globals: { process: 'readonly', console: 'readonly', URL: 'readonly', performance: 'readonly' },
    },
  },
)
