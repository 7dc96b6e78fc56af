import { describe } from 'vitest'
import { checkFamily } from '../testing/family.ts'
import { cases as attend } from './attention.cases.ts'
import * as attentions from './attention.ts'
import { cases as conv } from './conv.cases.ts'
import { conv1d, conv2d } from './conv.ts'
import { cases as pool } from './pool.cases.ts'
import * as pools from './pool.ts'
import { cases as resize } from './resize.cases.ts'
import * as resizes from './resize.ts'

describe('attention', () => checkFamily(attentions, attend))
describe('conv', () => checkFamily({ conv1d, conv2d }, conv))
describe('pool', () => checkFamily(pools, pool))
describe('resize', () => checkFamily(resizes, resize))
