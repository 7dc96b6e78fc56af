// NumPy's archive of arrays: a zip file of npy files, stored or deflated.
import { unzipSync, zipSync, type Zippable } from 'fflate'
import type { NdArray } from '@whitewater/tensor'
import { failureError } from '../errors.ts'
import { encodeNpy, parseNpy } from './npy.ts'

/**
 * Every array of the archive by name, without its `.npy`.
 * @throws WhitewaterError when the zip file is damaged or a member is no npy file; archives over 4 GiB (zip64) are not read
 */
export function parseNpz(bytes: Uint8Array, name: string): Map<string, NdArray> {
  let members: Record<string, Uint8Array>
  try {
    members = unzipSync(bytes)
  } catch (error) {
    throw failureError(
      `${name} is no readable npz file (damaged or truncated); write or download it again`,
      error,
    )
  }
  return new Map(
    Object.entries(members).map(([member, content]) => [
      member.replace(/\.npy$/, ''),
      parseNpy(content, `${name}:${member}`),
    ]),
  )
}

/** @param options.compress deflates the members (slower, smaller); they are stored otherwise, as numpy.savez does */
export function encodeNpz(
  arrays: Iterable<readonly [string, NdArray]>,
  options: { compress?: boolean } = {},
): Uint8Array {
  const members: Zippable = {}
  for (const [name, array] of arrays) members[`${name}.npy`] = encodeNpy(array)
  // A fixed date makes equal arrays equal files.
  return zipSync(members, { level: options.compress ? 6 : 0, mtime: '1980-01-01T12:00:00' })
}
