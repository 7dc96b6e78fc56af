// The solvers: one tableau each. Adding a solver is adding a record here.
import { oneNamed } from '../kinds/named-kind.ts'
import type { EmbeddedTableau, Tableau } from './tableau.ts'

/** Order 1, 1 evaluation a step. Cheap and crude: many steps, or a nearly straight flow. Euler (1768). */
export const euler: Tableau = { name: 'euler', order: 1, nodes: [0], matrix: [[]], weights: [1] }

/** Explicit midpoint rule: order 2, 2 evaluations a step. Never evaluates the field at the step's end. Runge (1895). */
export const midpoint: Tableau = {
  name: 'midpoint',
  order: 2,
  nodes: [0, 1 / 2],
  matrix: [[], [1 / 2]],
  weights: [0, 1],
}

/**
 * Heun's method, the explicit trapezoidal rule: order 2, 2 evaluations a step. Evaluates the field at the step's end,
 * so at t = 1 too. The usual choice for sampling (Karras et al. 2022). Heun (1900).
 */
export const heun: Tableau = {
  name: 'heun',
  order: 2,
  nodes: [0, 1],
  matrix: [[], [1]],
  weights: [1 / 2, 1 / 2],
}

/** The classical Runge-Kutta method: order 4, 4 evaluations a step. Needs a field smooth in t to pay. Kutta (1901). */
export const rk4: Tableau = {
  name: 'rk4',
  order: 4,
  nodes: [0, 1 / 2, 1 / 2, 1],
  matrix: [[], [1 / 2], [0, 1 / 2], [0, 0, 1]],
  weights: [1 / 6, 1 / 3, 1 / 3, 1 / 6],
}

/** Kutta's 3/8 rule: order 4, 4 evaluations a step, smaller error constants than `rk4`. Some libraries call this one rk4. */
export const rk4ThreeEighths: Tableau = {
  name: 'rk4-3/8',
  order: 4,
  nodes: [0, 1 / 3, 2 / 3, 1],
  matrix: [[], [1 / 3], [-1 / 3, 1], [1, -1, 1]],
  weights: [1 / 8, 3 / 8, 3 / 8, 1 / 8],
}

/**
 * Dormand-Prince 5(4): order 5, adaptive, 6 evaluations a step (the seventh stage is the next step's first), with the
 * published error weights, as in ode45 and DOPRI5. The error is controlled for the batch as a whole, so a solution
 * depends slightly on what shares its batch. Dormand & Prince (1980), J. Comput. Appl. Math. 6.
 */
export const dormandPrince: EmbeddedTableau = {
  name: 'dopri5',
  order: 5,
  nodes: [0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1, 1],
  matrix: [
    [],
    [1 / 5],
    [3 / 40, 9 / 40],
    [44 / 45, -56 / 15, 32 / 9],
    [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
    [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
    [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
  ],
  weights: [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84, 0],
  embedded: {
    order: 4,
    weights: [5179 / 57600, 0, 7571 / 16695, 393 / 640, -92097 / 339200, 187 / 2100, 1 / 40],
  },
}

/** Dormand-Prince 5(4) with Shampine's error weights, as torchdiffeq has it: otherwise as `dormandPrince`. Shampine (1986), Math. Comp. 46. */
export const dormandPrinceShampine: EmbeddedTableau = {
  ...dormandPrince,
  name: 'dopri5-shampine',
  embedded: {
    order: 4,
    weights: [1951 / 21600, 0, 22642 / 50085, 451 / 720, -12231 / 42400, 649 / 6300, 1 / 60],
  },
}

const tsitourasWeights = [
  0.09646076681806523, 0.01, 0.4798896504144996, 1.379008574103742, -3.290069515436081, 2.324710524099774,
]

/**
 * Tsitouras 5(4): order 5, adaptive, 6 evaluations a step like `dormandPrince`, with smaller error constants.
 * Tsitouras (2011), Computers & Mathematics with Applications 62, 770-775.
 */
export const tsitouras: EmbeddedTableau = {
  name: 'tsit5',
  order: 5,
  nodes: [0, 0.161, 0.327, 0.9, 0.9800255409045097, 1, 1],
  matrix: [
    [],
    [0.161],
    [-0.008480655492356989, 0.335480655492357],
    [2.8971530571054935, -6.359448489975075, 4.3622954328695815],
    [5.325864828439257, -11.748883564062828, 7.4955393428898365, -0.09249506636175525],
    [5.86145544294642, -12.92096931784711, 8.159367898576159, -0.071584973281401, -0.028269050394068383],
    tsitourasWeights,
  ],
  weights: [...tsitourasWeights, 0],
  embedded: {
    order: 4,
    weights: [
      0.09824077787029101,
      0.010816434459656746,
      0.4720087724042376,
      1.5237195812770048,
      -3.872426680888636,
      2.782792630028961,
      -1 / 66,
    ],
  },
}

export const solvers: readonly Tableau[] = [
  euler,
  midpoint,
  heun,
  rk4,
  rk4ThreeEighths,
  dormandPrince,
  dormandPrinceShampine,
  tsitouras,
]

/** Throws a WhitewaterError that lists the solvers when there is none of that name. */
export const solverNamed = (name: string): Tableau => oneNamed('solver', solvers, name)
