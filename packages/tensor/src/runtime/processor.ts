// What a processor can do, by the names that kernels are chosen by: numbers are compared between processors, speed even more so.

export interface Processor {
  /** As the system calls it; '' where that is not told. */
  readonly name: string
  /** Vector extensions, widest first: of `avx512f`, `avx2`, `avx`, `sse4_2`, or of `sve`, `neon`. Empty where the system does not tell. */
  readonly features: readonly string[]
}

/** Linux calls NEON on 64-bit ARM `asimd`. */
const otherNames: Readonly<Record<string, string>> = { asimd: 'neon', 'avx1.0': 'avx', 'sse4.2': 'sse4_2' }

const known = ['avx512f', 'avx2', 'avx', 'sse4_2', 'sve', 'neon']

/** The known features among words as systems list them. */
export function featuresAmong(text: string): string[] {
  const words = new Set(text.toLowerCase().split(/\s+/))
  for (const [name, own] of Object.entries(otherNames)) if (words.has(name)) words.add(own)
  return known.filter((name) => words.has(name))
}

/** `AMD EPYC (avx512f avx2 avx sse4_2)`. */
export function processorText({ name, features }: Processor): string {
  const extensions = features.length > 0 ? features.join(' ') : 'vector extensions unknown'
  return `${name || 'unnamed processor'} (${extensions})`
}
