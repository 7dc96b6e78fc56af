import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { sha256 } from './checksum.ts'
import { download } from './download.ts'

const content = Uint8Array.from({ length: 100_000 }, (_, i) => i % 251)

let folder: string
let server: Server | undefined
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'whitewater-'))))
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
  rmSync(folder, { recursive: true })
})

/** Address of a server on this machine. */
async function served(listener: RequestListener): Promise<string> {
  const started = createServer(listener)
  server = started
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve))
  const address = started.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
}

const published = { what: 'the file', checksum: sha256(content), advice: 'bring it yourself' }

it('takes the first mirror that has the right file, and tells how it goes', async () => {
  const asked: string[] = []
  const url = await served(({ url: path = '' }, response) => {
    asked.push(path)
    response.statusCode = path === '/missing' ? 404 : 200
    response.setHeader('content-length', path === '/whole' ? content.length : 3)
    response.end(path === '/whole' ? content : 'abc')
  })
  const told: number[] = []
  const path = join(folder, 'deep', 'file')
  const mirrors = [`${url}/missing`, `${url}/other`, `${url}/whole`, `${url}/never`]
  const onProgress = (done: number, total: number) => void told.push(done / total)
  const bytes = await download({ ...published, mirrors }, path, { onProgress })
  expect(asked).toEqual(['/missing', '/other', '/whole'])
  expect(told.at(-1)).toBe(1)
  expect(sha256(bytes)).toBe(published.checksum)
  expect(readFileSync(path).equals(content)).toBe(true)
})

it('keeps what it unpacked', async () => {
  const mirrors = [await served((_, response) => response.end(Uint8Array.of(0, ...content)))]
  await download({ ...published, mirrors, unpack: (bytes) => bytes.subarray(1) }, join(folder, 'file'))
  expect(readFileSync(join(folder, 'file')).equals(content)).toBe(true)
})

it('leaves nothing where no mirror has the file, or it breaks off', async () => {
  const url = await served(({ url: path }, response) => {
    if (path === '/broken') {
      response.setHeader('content-length', content.length)
      response.write(content.subarray(0, 1000), () => response.destroy())
    } else response.end('abc')
  })
  const path = join(folder, 'file')
  await expect(download({ ...published, mirrors: [`${url}/wrong`] }, path)).rejects.toThrow(
    /^cannot download the file from 1 mirrors \(last, 127.0.0.1:\d+: SHA-256 ba7816bf.*\): bring it yourself$/,
  )
  await expect(download({ ...published, mirrors: [`${url}/broken`] }, path)).rejects.toThrow(
    'cannot download the file',
  )
  expect(readdirSync(folder)).toEqual([])
})

it('stops when it is told to', async () => {
  const stop = new AbortController()
  const mirrors = [
    await served((_, response) => {
      response.write(content.subarray(0, 1000), () => stop.abort())
    }),
    'http://127.0.0.1:1/never',
  ]
  await expect(
    download({ ...published, mirrors }, join(folder, 'file'), { signal: stop.signal }),
  ).rejects.toThrow('downloading the file was stopped: nothing was kept')
  expect(readdirSync(folder)).toEqual([])
})
