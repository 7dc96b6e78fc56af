// Whitewater's public interface in browsers: what runs anywhere, trained in memory.

export * from './core.ts'

export { train, trainRun } from './generator/train-here.ts'
export type { TrainOptions } from './generator/train.ts'
