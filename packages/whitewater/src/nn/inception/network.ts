// The Inception v3 network (Szegedy et al. 2015) in the variant that Frechet distances are measured with: TensorFlow's weights of
// 2015-12-05 as pytorch-fid ports them. Only for inference. Tensors are named as there, batch norms being part of the convolutions.
import {
  averagePool,
  concat,
  conv2d,
  linear,
  maxPool,
  mean,
  mul,
  relu,
  resizeBilinear,
  sub,
  type Tensor,
} from '@whitewater/tensor'
import { zeros } from '../initialise.ts'
import type { Scope } from '../scope.ts'

/** One layer of a branch; what it names stands under the scope of its block. */
type Step = (p: Scope, x: Tensor) => Tensor
type Branch = readonly Step[]

const through = (p: Scope, x: Tensor, branch: Branch): Tensor => branch.reduce((y, step) => step(p, y), x)

/** Branches of the same input, their channels one after the other. */
const joined =
  (...branches: readonly Branch[]): Step =>
  (p, x) =>
    concat(
      branches.map((branch) => through(p, x, branch)),
      1,
    )

type Kernel = readonly [height: number, width: number]

interface UnitOptions {
  readonly stride?: number
  readonly padding?: Kernel
}

/** A convolution that has taken up its batch norm, and ReLU. */
const unit =
  (name: string, width: number, [height, breadth]: Kernel, options: UnitOptions): Step =>
  (p, x) => {
    const own = p.at(name).at('conv')
    const weight = own.parameter('weight', [width, x.shape[1], height, breadth], zeros)
    return relu(conv2d(x, weight, own.parameter('bias', [width], zeros), options))
  }

/** Keeps the extents. */
const same = (name: string, width: number, [height, breadth]: Kernel): Step =>
  unit(name, width, [height, breadth], { padding: [height >> 1, breadth >> 1] })

/** 3 x 3 without padding. */
const valid = (name: string, width: number, stride: number): Step => unit(name, width, [3, 3], { stride })

const point = (name: string, width: number): Step => same(name, width, [1, 1])

const halved: Step = (_, x) => maxPool(x, 3, { stride: 2 })

/** The edge's means are of the pixels that are there. */
const smoothed: Step = (_, x) => averagePool(x, 3, { stride: 1, padding: 1 })

/** TensorFlow's graph of 2015 has a maximum in its last block where the paper has a mean. */
const peaks: Step = (_, x) => maxPool(x, 3, { stride: 1, padding: 1 })

/** 35 x 35 pixels; the last branch is `pool` wide. */
const fine = (pool: number): Step =>
  joined(
    [point('branch1x1', 64)],
    [point('branch5x5_1', 48), same('branch5x5_2', 64, [5, 5])],
    [point('branch3x3dbl_1', 64), same('branch3x3dbl_2', 96, [3, 3]), same('branch3x3dbl_3', 96, [3, 3])],
    [smoothed, point('branch_pool', pool)],
  )

/** 35 x 35 pixels to 17 x 17. */
const fineToMiddle: Step = joined(
  [valid('branch3x3', 384, 2)],
  [point('branch3x3dbl_1', 64), same('branch3x3dbl_2', 96, [3, 3]), valid('branch3x3dbl_3', 96, 2)],
  [halved],
)

/** 17 x 17 pixels, 7 x 7 kernels taken apart into rows and columns; `width` channels in between. */
const middle = (width: number): Step =>
  joined(
    [point('branch1x1', 192)],
    [point('branch7x7_1', width), same('branch7x7_2', width, [1, 7]), same('branch7x7_3', 192, [7, 1])],
    [
      point('branch7x7dbl_1', width),
      same('branch7x7dbl_2', width, [7, 1]),
      same('branch7x7dbl_3', width, [1, 7]),
      same('branch7x7dbl_4', width, [7, 1]),
      same('branch7x7dbl_5', 192, [1, 7]),
    ],
    [smoothed, point('branch_pool', 192)],
  )

/** 17 x 17 pixels to 8 x 8. */
const middleToCoarse: Step = joined(
  [point('branch3x3_1', 192), valid('branch3x3_2', 320, 2)],
  [
    point('branch7x7x3_1', 192),
    same('branch7x7x3_2', 192, [1, 7]),
    same('branch7x7x3_3', 192, [7, 1]),
    valid('branch7x7x3_4', 192, 2),
  ],
  [halved],
)

/** 8 x 8 pixels; 3 x 3 kernels become a row beside a column. */
const coarse = (pool: Step): Step =>
  joined(
    [point('branch1x1', 320)],
    [
      point('branch3x3_1', 384),
      joined([same('branch3x3_2a', 384, [1, 3])], [same('branch3x3_2b', 384, [3, 1])]),
    ],
    [
      point('branch3x3dbl_1', 448),
      same('branch3x3dbl_2', 384, [3, 3]),
      joined([same('branch3x3dbl_3a', 384, [1, 3])], [same('branch3x3dbl_3b', 384, [3, 1])]),
    ],
    [pool, point('branch_pool', 192)],
  )

const block =
  (name: string, step: Step): Step =>
  (p, x) =>
    step(p.at(name), x)

/** The four parts after which pytorch-fid offers features: of 64, 192, 768 and 2048 channels. */
const parts: readonly Branch[] = [
  [valid('Conv2d_1a_3x3', 32, 2), valid('Conv2d_2a_3x3', 32, 1), same('Conv2d_2b_3x3', 64, [3, 3]), halved],
  [point('Conv2d_3b_1x1', 80), valid('Conv2d_4a_3x3', 192, 1), halved],
  [
    block('Mixed_5b', fine(32)),
    block('Mixed_5c', fine(64)),
    block('Mixed_5d', fine(64)),
    block('Mixed_6a', fineToMiddle),
    block('Mixed_6b', middle(128)),
    block('Mixed_6c', middle(160)),
    block('Mixed_6d', middle(160)),
    block('Mixed_6e', middle(192)),
  ],
  [block('Mixed_7a', middleToCoarse), block('Mixed_7b', coarse(smoothed)), block('Mixed_7c', coarse(peaks))],
]

/** Pixels of a side of what the network sees. */
const INPUT_SIDE = 299
const CLASSES = 1008

/** Features after the last part: the 2048 numbers of an image that distances are between. */
export const inceptionFeatures = 2048

export interface InceptionOutputs {
  /** After each of the four parts, [n, channels, height, width]. */
  readonly maps: readonly Tensor[]
  /** Means of the last map over its pixels, [n, 2048]. */
  readonly features: Tensor
  /** Class scores [n, 1008]. */
  readonly logits: Tensor
}

/** Images x [n, 3, h, w] in [0, 1], of any size; `p` is a scope over weights that `foldBatchNorms` made. */
export function inception(p: Scope, x: Tensor): InceptionOutputs {
  const maps: Tensor[] = []
  let y = sub(mul(resizeBilinear(x, INPUT_SIDE, INPUT_SIDE), 2), 1)
  for (const part of parts) maps.push((y = through(p, y, part)))
  const features = mean(y, [2, 3])
  const weight = p.at('fc').parameter('weight', [CLASSES, inceptionFeatures], zeros)
  const bias = p.at('fc').parameter('bias', [CLASSES], zeros)
  return { maps, features, logits: linear(features, weight, bias) }
}
