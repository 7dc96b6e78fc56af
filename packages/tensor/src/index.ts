export * from './array.ts'
export {
  add,
  sub,
  mul,
  div,
  pow,
  maximum,
  minimum,
  neg,
  exp,
  log,
  sqrt,
  reciprocal,
  abs,
  sign,
  sin,
  cos,
  tanh,
  erf,
  sigmoid,
  relu,
  square,
  softplus,
  silu,
  gelu,
  clamp,
} from './operations/elementwise.ts'
export {
  equal,
  less,
  lessEqual,
  greater,
  greaterEqual,
  logicalAnd,
  logicalOr,
  logicalNot,
  where,
  cast,
  stopGradient,
} from './operations/compare.ts'
export { sum, mean, max, min, logsumexp, type Axes } from './operations/reduce.ts'
export { smallest } from './operations/smallest.ts'
export { oneHot, gather } from './operations/lookup.ts'
export { matmul, linear, type Transposes } from './operations/matmul.ts'
export { softmax, logSoftmax } from './operations/softmax.ts'
export { attention } from './operations/attention.ts'
export {
  reshape,
  transpose,
  expand,
  slice,
  sliceAxis,
  pad,
  concat,
  split,
  chunk,
} from './operations/shape.ts'
export { conv1d, conv2d, type Conv2dOptions, type ConvOptions } from './operations/conv.ts'
export { averagePool, maxPool, upsampleNearest, type PoolOptions } from './operations/pool.ts'
export { resizeBilinear } from './operations/resize.ts'
export { normalise, layerNorm, groupNorm, rmsNorm } from './operations/normalise.ts'
export { loop, type LoopSpec, type LoopStep } from './control/loop.ts'
export { branch } from './control/branch.ts'
export {
  input,
  constant,
  scalar,
  fromArray,
  operation,
  reachable,
  computed,
  type Tensor,
  type Operand,
  type Rule,
  type Attributes,
} from './tensor.ts'
export { gradient } from './gradient.ts'
export { simplify } from './simplify.ts'
export { encode, type Model, type Port, type Program } from './program.ts'
export type { ProgramSpec, StateSpec } from './spec.ts'
export { onnxFile, type OnnxFile } from './export/onnx-file.ts'
export { compile, traced, evaluate, type CompileOptions, type Trace, type Traced } from './compile.ts'
export { machineText } from './runtime/machine.ts'
export { processorText, type Processor } from './runtime/processor.ts'
export { engineFindings, type Finding } from './runtime/looks.ts'
export { openWorker, type EngineWorker } from './runtime/worker.ts'
export { chooseDevice, devices, type Choice, type Device } from './runtime/device.ts'
export * from './random/stream.ts'
