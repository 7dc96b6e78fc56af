export * from './array.ts'
