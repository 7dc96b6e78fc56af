// A trained classifier: as an extractor of features, as a measure for reconstructions, and how often it is right.
import { clamp, float32Of, traced, type CompileOptions, type NdArray } from '@whitewater/tensor'
import type { Dataset } from '../../data/dataset.ts'
import { lenet, type LenetOptions } from '../../nn/networks/lenet.ts'
import type { Perceptual } from '../../nn/perceptual.ts'
import { constantWeights, type Weights } from '../../nn/weights.ts'
import { checkImages, inBatches, type FeatureExtractor } from './extractor.ts'

export interface Classifier {
  readonly name: string
  /** [channels, height, width] */
  readonly image: readonly number[]
  readonly network: LenetOptions
  readonly weights: Weights
  /** SHA-256 of the weights. */
  readonly hash: string
  /** Share of the test split that it gets right. */
  readonly accuracy: number
  /** SHA-256 of the training images and labels. */
  readonly dataHash: string
}

type Network = Pick<Classifier, 'network' | 'weights'>

/** Images a run: large enough for the engine's threads, small enough for its caches. */
const IMAGES_A_RUN = 500

const run = ({ network, weights }: Network, output: 'features' | 'logits', engine?: CompileOptions) => {
  const scope = constantWeights(weights)
  return traced(({ x }) => ({ y: lenet(scope, clamp(x, -1, 1), network)[output] }), engine)
}

/** Share of images that get the label they have. */
export async function accuracyOf(
  classifier: Network,
  { samples, labels }: Dataset,
  engine?: CompileOptions,
): Promise<number> {
  const { classes } = classifier.network
  const program = run(classifier, 'logits', engine)
  const { data, shape } = await inBatches(samples, { rows: IMAGES_A_RUN, dimension: classes }, async (x) =>
    float32Of((await program({ x })).y.data),
  )
  await program.dispose()
  let right = 0
  for (let i = 0; i < shape[0]; i++) {
    const scores = data.subarray(i * classes, (i + 1) * classes)
    if (scores.indexOf(Math.max(...scores)) === labels?.[i]) right++
  }
  return right / shape[0]
}

/** What the classifier sees before its last layer, as features. */
export function extractorOf(classifier: Classifier, engine?: CompileOptions): FeatureExtractor {
  const { name, hash, accuracy, image, network } = classifier
  const program = run(classifier, 'features', engine)
  return {
    name,
    hash,
    accuracy,
    dimension: network.width,
    async features(images: NdArray<Float32Array>, onProgress) {
      checkImages(name, images.shape, image)
      const extract = async (x: NdArray) => float32Of((await program({ x })).y.data)
      return inBatches(images, { rows: IMAGES_A_RUN, dimension: network.width }, extract, onProgress)
    },
    dispose: () => program.dispose(),
  }
}

/** The activations of its convolutions, of symbolic images; its weights are constants there. */
export function perceptualOf({ name, hash, image, network, weights }: Classifier): Perceptual {
  const scope = constantWeights(weights)
  return {
    name,
    hash,
    maps(x) {
      checkImages(name, x.shape, image)
      return lenet(scope, x, network).maps
    },
  }
}
