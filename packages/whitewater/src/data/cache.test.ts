import { homedir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { cacheFolder } from './cache.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

describe('cacheFolder', () => {
  it('is where the environment says, ours before the desktop’s, else in the home folder', () => {
    vi.stubEnv('WHITEWATER_CACHE', join('/x', 'own'))
    vi.stubEnv('XDG_CACHE_HOME', join('/x', 'cache'))
    expect(cacheFolder('mnist')).toBe(join('/x', 'own', 'mnist'))
    vi.stubEnv('WHITEWATER_CACHE', undefined)
    expect(cacheFolder('mnist', 'a')).toBe(join('/x', 'cache', 'whitewater', 'mnist', 'a'))
    vi.stubEnv('XDG_CACHE_HOME', undefined)
    expect(cacheFolder()).toBe(join(homedir(), '.cache', 'whitewater'))
  })
})
