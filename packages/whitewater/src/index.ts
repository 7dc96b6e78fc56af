// Whitewater's public interface in Node: what runs anywhere, and what is kept in files and folders.

export * from './core.ts'

export {
  readNpy,
  readNpz,
  readSafetensors,
  readTorchFile,
  writeNpy,
  writeNpz,
  writeSafetensors,
} from './data/files.ts'

export { loadPreconditioner, savePreconditioner } from './precondition/folder.ts'
export { loadResidual, saveResidual } from './precondition/residual/folder.ts'
export { exportPreconditioner, type ExportedFile } from './precondition/onnx.ts'

export { Autoencoder, type MapOptions } from './autoencoder/autoencoder.ts'
export { writeLatents } from './autoencoder/latents.ts'
export { loadAutoencoder } from './runs/load-autoencoder.ts'
export type { Reconstruction } from './autoencoder/measure.ts'
export type { AutoencoderHooks, TrainedAutoencoder } from './autoencoder/train.ts'
export { trainAutoencoder, type AutoencoderOptions } from './runs/autoencoder-run.ts'

export { exportGenerator } from './generator/export.ts'
export { loadGenerator } from './runs/load-generator.ts'
export { train, trainRun, type TrainOptions } from './runs/run.ts'

export {
  evaluateRunImages,
  type EvaluateRunImagesOptions,
  type RunImageEvaluation,
} from './runs/evaluate-images.ts'
export { evaluateRun, type EvaluateRunOptions, type RunEvaluation } from './runs/evaluate.ts'
export { likelihoodOfRun, type RunLikelihood, type RunLikelihoodOptions } from './runs/likelihood.ts'
export { extractorNames, featureExtractor, perceptual } from './metrics/features/registry.ts'
