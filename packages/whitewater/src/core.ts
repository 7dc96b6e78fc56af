// What runs anywhere, in Node and in browsers: data, preconditioners, networks, samples, theory and measures.

export { WhitewaterError, type ErrorKind } from './errors.ts'

export type { Dataset, DatasetOptions } from './data/dataset.ts'
export { dataset, datasetNames, openBlocks } from './data/registry.ts'
export { blocksOf, type SampleBlocks } from './data/sample-blocks.ts'
export { flatten, randomSubset, split, take } from './data/subset.ts'
export { gaussianCovariance } from './data/toy/gaussian.ts'
export { mixtureParameters, type MixtureParameters } from './data/toy/mixture.ts'

export { mlp, type MlpOptions } from './nn/networks/mlp.ts'
export { residualMlp, type ResidualMlpOptions } from './nn/networks/residual-mlp.ts'
export { cnn, type CnnOptions } from './nn/networks/cnn.ts'
export { tiny } from './nn/networks/tiny.ts'
export type { FieldInputs, FieldNetwork } from './nn/network.ts'
export type { Perceptual } from './nn/perceptual.ts'
export type { Scope } from './nn/scope.ts'

export type { Choice, KindText } from './kinds/named-kind.ts'
export { diffusionKinds, diffusionNamed, type Diffusion } from './flow/diffusion.ts'
export type { Field } from './flow/field.ts'
export { bitsPerDimension } from './flow/likelihood.ts'
export { couplingKinds, couplingNamed } from './flow/coupling/registry.ts'
export type { Coupling } from './flow/coupling/coupling.ts'
export { integrate, type IntegrateSpec, type Solution } from './flow/integrate.ts'
export type { GraphSolve } from './flow/request.ts'
export { solvedInGraph } from './flow/solve-graph.ts'
export { matchingLoss, type FlowMatchingBatch, type Matching } from './flow/objective.ts'
export { linearPath, type Path } from './flow/path.ts'
export { cosinePath, pathKinds, pathNamed, polynomialPath, vpPath } from './flow/paths.ts'
export {
  convertPrediction,
  predictionKinds,
  predictionNamed,
  scoreOfVelocity,
  velocityField,
  velocityOfPrediction,
  type Prediction,
} from './flow/prediction.ts'
export { sdeMethodNamed, sdeMethods, type SdeMethod } from './flow/sde-methods.ts'
export { compileSde, type SdeRequest, type SdeSolver } from './flow/sde.ts'
export type { SdeSpec } from './flow/sde-steps.ts'
export { solverNamed, solvers } from './flow/solvers.ts'
export { timeKinds, timeSamplingNamed, type TimeSampling } from './flow/time.ts'
export { lossWeightKinds, lossWeightNamed, type LossWeight } from './flow/weight.ts'
export type { Tableau } from './flow/tableau.ts'

export { autoPreconditioner, type AutoOptions } from './precondition/auto/auto.ts'
export { chain } from './precondition/chain.ts'
export { flowPreconditioner, type FlowPreconditionerOptions } from './precondition/trained/flow.ts'
export { identity } from './precondition/linear/identity.ts'
export { realNvp, type RealNvpOptions } from './precondition/trained/real-nvp.ts'
export { standardise, type StandardiseOptions } from './precondition/linear/standardise.ts'
export { blocks, type BlocksOptions } from './precondition/linear/blocks.ts'
export { dct, type DctOptions } from './precondition/linear/dct.ts'
export { lowRank, type LowRankOptions } from './precondition/linear/low-rank.ts'
export { cholesky } from './precondition/linear/cholesky.ts'
export { choleskyPrecision } from './precondition/linear/cholesky-precision.ts'
export { pca } from './precondition/linear/pca.ts'
export { pcaCor } from './precondition/linear/pca-cor.ts'
export type { WhiteningOptions } from './precondition/linear/whiten.ts'
export { zca, type ZcaOptions } from './precondition/linear/zca.ts'
export { zcaCor } from './precondition/linear/zca-cor.ts'
export { mixture, type MixtureOptions } from './precondition/mixture/mixture.ts'
export { perClass, type PerClassOptions } from './precondition/classes/per-class.ts'
export { preconditioner, preconditionerKinds } from './precondition/registry.ts'
export { preconditionerOnnx, type ExportedBytes, type OnnxFacts } from './precondition/onnx.ts'
export { graphPrograms, type GraphMap } from './precondition/programs.ts'
export {
  roundTripError,
  type FitLooks,
  type FitProgress,
  type FittedPreconditioner,
  type FitOptions,
  type InvertibleGraph,
  type Preconditioner,
  type Samples,
  type Settings,
} from './precondition/preconditioner.ts'

export { gaussianResidual, type GaussianResidualOptions } from './precondition/residual/gaussian.ts'
export { mixtureResidual, type MixtureResidualOptions } from './precondition/residual/mixture.ts'
export { residualNamed, residualKinds } from './precondition/residual/registry.ts'
export type { FittedResidual, Residual } from './precondition/residual/residual.ts'

export type { Progress } from './training/loop.ts'
export { generatorOnnx, type ExportOptions } from './generator/export.ts'
export type { TrainHooks, TrainResult } from './generator/train.ts'
export { choiceNames, choiceTexts, type ChoiceName } from './generator/kinds.ts'
export { Generator, type DecodeOptions, type Generated, type SampleOptions } from './generator/generator.ts'
export { logLikelihood, type LikelihoodOptions, type LogLikelihood } from './generator/likelihood.ts'
export {
  interpolate,
  inversionError,
  type InterpolateOptions,
  type InversionOptions,
} from './generator/interpolate.ts'

export { matrix, type Matrix } from './linalg/matrix.ts'
export { whitening, whiteningKinds } from './linalg/whitening.ts'
export {
  fitGaussianMixture,
  mixtureTerms,
  type GaussianMixture,
  type MixtureFit,
} from './linalg/gaussian-mixture.ts'
export {
  crossCovariance,
  excessByDirection,
  excessRisk,
  gaussianOf,
  irreducibleLoss,
  linearLoss,
  pathCondition,
  pathCovariance,
  velocityMatrix,
  type Gaussian,
} from './theory/gaussian.ts'
export {
  flowCondition,
  flowMap,
  gaussianLogDensity,
  gaussianScore,
  gaussianVelocity,
} from './theory/gaussian-flow.ts'
export { bestStepSize, contractionFactors, exactSteps, gradientDescentSteps } from './theory/descent.ts'
export {
  mixtureLogDensity,
  mixtureOf,
  mixtureScore,
  mixtureVelocity,
  responsibilities,
  slowestMode,
  type Mixture,
} from './theory/mixture.ts'
export { conditionBound, exactWhitening, preconditioned } from './theory/preconditioned.ts'

export {
  conditionByClass,
  effectiveRank,
  measuredCondition,
  measuredPathCondition,
  streamedPathCondition,
  type MeasuredCondition,
} from './metrics/conditioning.ts'
export { diagnose } from './metrics/diagnose.ts'
export type { Diagnosis, DiagnoseOptions } from './metrics/diagnosis/result.ts'
export { evaluateSamples, type Evaluation, type EvaluateOptions } from './metrics/evaluate.ts'
export {
  evaluateImages,
  imageReference,
  type EvaluateImagesOptions,
  type ImageEvaluation,
} from './metrics/evaluate-images.ts'
export {
  featureReference,
  type CompareOptions,
  type FeatureComparison,
  type FeatureReference,
  type FeatureReferenceOptions,
  type FrechetAndMore,
} from './metrics/feature-comparison.ts'
export { frechetDistance } from './metrics/frechet.ts'
export type { ExtractorOptions, FeatureExtractor } from './metrics/features/extractor.ts'
export { checkSameExtractor, type FeatureTerms } from './metrics/features/same.ts'
export { kid } from './metrics/kid.ts'
export { lowEigenvalueRecovery, type LowEigenvalueRecovery } from './metrics/low-eigenvalue.ts'
export { manifoldMetrics, type ManifoldMetrics } from './metrics/manifold.ts'
export { mmdEstimates, type MmdOptions, type MmdResult } from './metrics/mmd.ts'
export { slicedWasserstein, type SlicedWasserstein } from './metrics/sliced-wasserstein.ts'
