// A report on the disk: report.html, and each of its figures as a file of its own for papers and slides.
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolder, writeFileAtomic } from '../data/write.ts'
import { reportHtml, type Block, type Report } from './document.ts'
import { svgToPng } from './png.ts'

export interface WriteReportOptions {
  /** Whether figures are written as files too; true by default. */
  figures?: boolean
}

interface FigureFile {
  /** Without its extension. */
  name: string
  svg: string
}

/** A file name's part: small ASCII letters, digits and hyphens, at most 60. */
const slugOf = (text: string): string =>
  text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 60)
    .replace(/^-|-$/g, '') || 'figure'

const figuresOf = (block: Block): Extract<Block, { kind: 'figure' }>[] =>
  block.kind === 'figure' ? [block] : block.kind === 'details' ? block.blocks.flatMap(figuresOf) : []

/** The figures in reading order: `03-kappa`, named by the block or else by its section. */
function figureFiles({ sections }: Report): FigureFile[] {
  const found = sections.flatMap(({ heading, blocks }) =>
    blocks.flatMap(figuresOf).map(({ svg, name = heading }) => ({ svg, slug: slugOf(name) })),
  )
  return found.map(({ svg, slug }, index) => ({ svg, name: `${String(index + 1).padStart(2, '0')}-${slug}` }))
}

/** Only names that this file gives are removed: whatever else stands in the folder is the user's. */
async function removeStale(folder: string, kept: ReadonlySet<string>): Promise<void> {
  const present = await readdir(folder).catch(() => [])
  const stale = present.filter((name) => /^\d{2,}-[a-z0-9-]+\.(svg|png)$/.test(name) && !kept.has(name))
  for (const name of stale) await rm(join(folder, name), { force: true })
}

/**
 * Writes `report.html` into the folder, which is made, and each figure as `figures/NN-name.svg` and `.png` (twice the
 * size, dark on white). Figures that an earlier report left there are removed. Returns the path of `report.html`.
 * @throws WhitewaterError (failure) for a folder that cannot be written; TypeError and RangeError as `reportHtml`
 */
export async function writeReport(
  folder: string,
  report: Report,
  { figures = true }: WriteReportOptions = {},
): Promise<string> {
  const html = reportHtml(report)
  const files = figures ? figureFiles(report) : []
  const figuresFolder = join(folder, 'figures')
  await makeFolder(files.length > 0 ? figuresFolder : folder)
  for (const { name, svg } of files) {
    await writeFileAtomic(join(figuresFolder, `${name}.svg`), svg)
    await writeFileAtomic(join(figuresFolder, `${name}.png`), svgToPng(svg))
  }
  const path = join(folder, 'report.html')
  await writeFileAtomic(path, html)
  await removeStale(figuresFolder, new Set(files.flatMap(({ name }) => [`${name}.svg`, `${name}.png`])))
  return path
}
