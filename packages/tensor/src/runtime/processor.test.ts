import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { processor } from './processor.node.ts'
import { featuresAmong, processorText } from './processor.ts'

describe('features of a processor', () => {
  it('are found among the words of each system, widest first', () => {
    expect(featuresAmong('fpu sse4_1 sse4_2 avx f16c avx2 avx512f avx512bw')).toEqual([
      'avx512f',
      'avx2',
      'avx',
      'sse4_2',
    ])
    expect(featuresAmong('FPU VME SSE4.1 SSE4.2 AVX1.0\nRDWRFSGS AVX2 BMI1')).toEqual([
      'avx2',
      'avx',
      'sse4_2',
    ])
    expect(featuresAmong('fp asimd evtstrm aes cpuid')).toEqual(['neon'])
  })

  it('are not found inside other words', () => {
    expect(featuresAmong('avx512_bf16 xavx2 sse4_1')).toEqual([])
  })

  it('are told with the name', () => {
    expect(processorText({ name: 'AMD EPYC', features: ['avx2', 'avx'] })).toBe('AMD EPYC (avx2 avx)')
    expect(processorText({ name: '', features: [] })).toBe('unnamed processor (vector extensions unknown)')
  })

  it.runIf(process.platform === 'linux')('are those of this machine', () => {
    const text = readFileSync('/proc/cpuinfo', 'utf8')
    const { features } = processor()
    for (const name of ['avx512f', 'avx2', 'sse4_2'])
      expect(features.includes(name)).toBe(new RegExp(`^flags.*\\b${name}\\b`, 'm').test(text))
  })
})
