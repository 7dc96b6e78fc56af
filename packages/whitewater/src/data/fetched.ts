// Datasets from files by their address, as a page has them.
import { gunzipSync } from 'fflate'
import { failureError, usageError } from '../errors.ts'
import type { DatasetSource } from './dataset.ts'
import { fileSource, type Files } from './formats.ts'

async function fetched(address: string): Promise<Uint8Array> {
  const response = await fetch(address).catch((error: unknown) => {
    throw failureError(`cannot fetch ${address}: ${String(error)}; check the address and its server`, error)
  })
  if (response.status === 404) throw usageError(`${address} does not exist: check the address`)
  if (!response.ok)
    throw failureError(`cannot fetch ${address}: the server answered ${response.status}; check the address`)
  return new Uint8Array(await response.arrayBuffer())
}

/** @throws WhitewaterError: usage when there is no such file, failure when it cannot be fetched or its gzip is damaged */
async function read(address: string): Promise<Uint8Array> {
  const bytes = await fetched(address)
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes
  try {
    return gunzipSync(bytes)
  } catch (error) {
    throw failureError(`${address} is a damaged or truncated gzip file; download it again`, error)
  }
}

const byAddress: Files = { read, nameOf: (address) => address.replace(/[?#].*$/, '').replace(/^.*\//, '') }

/**
 * The source behind an address, absolute or from the page's own; undefined for what is none. Nothing is fetched yet.
 * @throws WhitewaterError (usage) for a file of no known format
 */
export const sourceAt = (address: string): DatasetSource | undefined =>
  /[./]/.test(address) ? fileSource(address, byAddress) : undefined
