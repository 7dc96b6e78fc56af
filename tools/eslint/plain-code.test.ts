import { Linter } from 'eslint'
import { describe, expect, it } from 'vitest'
import { noLiteralSpread, noTuplePacking } from './plain-code.js'

const config: Linter.Config = {
  plugins: { house: { rules: { spread: noLiteralSpread, packed: noTuplePacking } } },
  rules: { 'house/spread': 'error', 'house/packed': 'error' },
}

const problems = (code: string): number => new Linter().verify(code, [config]).length

const fixed = (code: string): string => new Linter().verifyAndFix(code, [config]).output

describe('literals spread into literals', () => {
  it.each([
    ['f({ ...{ a, b }, c })', 'f({ a, b, c })'],
    ['f({ ...{ a: 1, ...{ b } } })', 'f({ a: 1, b })'],
    ['f({ ...{}, c })', 'f({  c })'],
  ])('%s becomes %s', (code, plain) => expect(fixed(code)).toBe(plain))

  it('leaves spreads of values and of conditions', () => {
    expect(problems('f({ ...a, ...(b && { c }), ...d({ e }) })')).toBe(0)
  })
})

describe('tuples that group declarations', () => {
  it.each([
    ['const [x, y] = [f(), g(1)]', 'const x = f()\nconst y = g(1)'],
    ['let [{ a }, b] = [c, d]', 'let { a } = c\nlet b = d'],
    ['let x, y\nx = 0;[x, y] = [1, 2]', 'let x, y\nx = 0;x = 1\ny = 2'],
  ])('%s becomes %s', (code, plain) => expect(fixed(code)).toBe(plain))

  it('are told where they cannot be mended', () => {
    expect(problems('for (let [i, n] = [0, f()]; i < n; i++) g(i)')).toBe(1)
    expect(problems('let a, b; if (a) [a, b] = [1, 2]')).toBe(1)
  })

  it('leaves swaps, lists that are taken apart, and lists with spreads', () => {
    expect(problems('let a, b; [a, b] = [b, a]')).toBe(0)
    expect(problems('const [a, b] = f()')).toBe(0)
    expect(problems('const [a, b] = [...f()]')).toBe(0)
    expect(problems('let p, q; [p.x, q] = [q, p.x + 1]')).toBe(0)
  })
})
