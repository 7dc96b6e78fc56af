// A bundled page on 127.0.0.1, opened in Debian's Chromium: what a user of a bundler would ship.
import { readFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join, normalize } from 'node:path'
import { chromium as browserType, type Browser } from 'playwright-core'
import { build } from 'vite'
import { chromium } from './requirement.ts'

const types: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
}

/** Bundles a module into a page of its own; returns the folder. */
export async function bundle(entry: string): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'whitewater-site-'))
  await writeFile(join(root, 'index.html'), `<!doctype html><script type="module" src="${entry}"></script>`)
  await build({
    configFile: false,
    root,
    logLevel: 'error',
    resolve: { conditions: ['source', 'browser', 'module', 'import', 'default'] },
    build: { outDir: join(root, 'out'), target: 'esnext', minify: false },
    worker: { format: 'es' },
  })
  return root
}

/** Serves the page that was built into `out`; threads in WebAssembly need the headers of cross-origin isolation. */
export async function serveSite(root: string, out = 'out'): Promise<{ url: string; server: Server }> {
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://localhost').pathname)
    const file = join(root, out, path === '/' ? 'index.html' : path)
    readFile(file).then(
      (body) => {
        response.writeHead(200, {
          'content-type': types[extname(file)] ?? 'application/octet-stream',
          'cross-origin-opener-policy': 'same-origin',
          'cross-origin-embedder-policy': 'require-corp',
        })
        response.end(body)
      },
      () => response.writeHead(404).end(),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // listening on TCP
  return { url: `http://127.0.0.1:${port}/`, server }
}

export const removeSite = (root: string): Promise<void> => rm(root, { recursive: true, force: true })

export const openBrowser = (extra: readonly string[] = []): Promise<Browser> =>
  browserType.launch({
    executablePath: chromium,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ].concat(extra),
  })
