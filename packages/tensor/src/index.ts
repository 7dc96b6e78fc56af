export * from './array.ts'
export * from './random/stream.ts'
