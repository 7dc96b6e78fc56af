import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WhitewaterError } from '../errors.ts'
import { makeFolder, writeFileAtomic } from './write.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'whitewater-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('writeFileAtomic', () => {
  it('writes, replaces, and leaves nothing else behind, also when many write at once', async () => {
    const path = join(folder, 'x.bin')
    await writeFileAtomic(path, Uint8Array.of(1, 2))
    await Promise.all(
      Array.from({ length: 20 }, (_, i) => writeFileAtomic(path, new Uint8Array(1000).fill(i))),
    )
    expect(new Set(readFileSync(path)).size).toBe(1)
    expect(readdirSync(folder)).toEqual(['x.bin'])
  })

  it('writes what is made in pieces, and nothing where the making fails', async () => {
    const path = join(folder, 'x.bin')
    async function* pieces(fail: boolean) {
      yield await Promise.resolve(Uint8Array.of(1, 2))
      if (fail) throw new WhitewaterError('usage', 'no more')
      yield Uint8Array.of(3)
    }
    await writeFileAtomic(path, pieces(false))
    expect([...readFileSync(path)]).toEqual([1, 2, 3])
    await expect(writeFileAtomic(path, pieces(true))).rejects.toThrow(/^no more$/)
    expect([...readFileSync(path)]).toEqual([1, 2, 3])
    expect(readdirSync(folder)).toEqual(['x.bin'])
  })

  it('follows links', async () => {
    const path = join(folder, 'target')
    writeFileSync(path, 'old')
    symlinkSync(path, join(folder, 'link'))
    await writeFileAtomic(join(folder, 'link'), 'new')
    expect(readFileSync(path, 'utf8')).toBe('new')
  })

  it('removes the temporary file and says why it failed', async () => {
    mkdirSync(join(folder, 'sub', 'deep'), { recursive: true })
    await expect(writeFileAtomic(join(folder, 'sub'), 'x')).rejects.toThrow(
      /^cannot write .*sub: it is a folder/,
    )
    expect(readdirSync(folder)).toEqual(['sub'])
    await expect(writeFileAtomic(join(folder, 'none', 'x'), 'x')).rejects.toThrow(
      'folder does not exist; create it',
    )
    await expect(writeFileAtomic(join(folder, 'none', 'x'), 'x')).rejects.toBeInstanceOf(WhitewaterError)
  })

  it('reports a full disk', async ({ skip }) => {
    if (!existsSync('/dev/full')) skip('this system has no /dev/full')
    await expect(writeFileAtomic('/dev/full', 'x')).rejects.toThrow(
      'cannot write /dev/full: the disk is full',
    )
    expect(existsSync('/dev/full')).toBe(true)
  })
})

describe('makeFolder', () => {
  it('makes folders, and refuses where a file stands', async () => {
    await makeFolder(join(folder, 'a', 'b'))
    expect(existsSync(join(folder, 'a', 'b'))).toBe(true)
    writeFileSync(join(folder, 'file'), '')
    await expect(makeFolder(join(folder, 'file'))).rejects.toThrow('cannot make folder')
  })
})
