// A report as one HTML file that needs nothing else: no network, no script, no neighbour files.
import { escapeHtml } from './html.ts'
import { style } from './style.ts'
import { htmlTable, type Table } from './table.ts'

export type Block =
  | { kind: 'text'; text: string }
  | { kind: 'code'; text: string }
  | { kind: 'table'; table: Table; caption: string }
  /** `svg` as a figure function of this folder returned it; it is set into the page as it is. `name` names its files. */
  | { kind: 'figure'; svg: string; caption: string; name?: string }
  /** `source` is a PNG data URI such as `imageGrid` returns. */
  | { kind: 'image'; source: string; description: string; caption: string }
  /** Folded away until it is opened: long tables, details for the few. */
  | { kind: 'details'; summary: string; blocks: readonly Block[] }

export interface Section {
  heading: string
  /** Paragraphs, separated by empty lines. */
  text?: string
  blocks: readonly Block[]
}

export interface Report {
  title: string
  subtitle?: string
  /** What was found, in a few sentences. */
  summary: string
  sections: readonly Section[]
  /** What it takes to get this report again: command, seed, versions, machine, date. */
  facts: Readonly<Record<string, string>>
}

const paragraphs = (text: string, attributes = ''): string =>
  text
    .split(/\n\s*\n/)
    .filter((part) => part.trim() !== '')
    .map((part) => `<p${attributes}>${escapeHtml(part.trim())}</p>`)
    .join('\n')

const captioned = (content: string, caption: string): string =>
  `<figure>\n${content}\n<figcaption>${escapeHtml(caption)}</figcaption>\n</figure>`

function imageOf(source: string, description: string): string {
  if (!/^data:image\/png;base64,[A-Za-z0-9+/]+=*$/.test(source)) {
    throw new TypeError(
      `image '${description}' has source '${source.slice(0, 40)}', expected a PNG data URI: use imageGrid, or read the file first`,
    )
  }
  return `<img src="${source}" alt="${escapeHtml(description)}">`
}

function blockHtml(block: Block): string {
  switch (block.kind) {
    case 'text':
      return paragraphs(block.text)
    case 'code':
      return `<pre><code>${escapeHtml(block.text)}</code></pre>`
    case 'table':
      return captioned(`<div class="scroll">${htmlTable(block.table)}</div>`, block.caption)
    case 'figure':
      return captioned(`<div class="scroll">${block.svg}</div>`, block.caption)
    case 'image':
      return captioned(imageOf(block.source, block.description), block.caption)
    case 'details':
      return `<details>\n<summary>${escapeHtml(block.summary)}</summary>\n${block.blocks.map(blockHtml).join('\n')}\n</details>`
  }
}

/** Anchors that stay readable and never repeat: `samples`, `samples-2`. */
function anchorsOf(sections: readonly Section[]): string[] {
  const seen = new Map<string, number>()
  return sections.map(({ heading }) => {
    const name =
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}]+/gu, '-')
        .replace(/^-|-$/g, '') || 'section'
    const count = (seen.get(name) ?? 0) + 1
    seen.set(name, count)
    return count === 1 ? name : `${name}-${count}`
  })
}

function contents(sections: readonly Section[], anchors: readonly string[]): string {
  if (sections.length < 2) return ''
  const items = sections.map(
    ({ heading }, index) => `<li><a href="#${anchors[index]}">${escapeHtml(heading)}</a></li>`,
  )
  return `<nav aria-label="Contents"><ul>${items.join('')}</ul></nav>\n`
}

function sectionHtml({ heading, text = '', blocks }: Section, anchor: string): string {
  const parts = [`<h2 id="${anchor}">${escapeHtml(heading)}</h2>`, paragraphs(text), ...blocks.map(blockHtml)]
  return `<section aria-labelledby="${anchor}">\n${parts.filter((part) => part !== '').join('\n')}\n</section>`
}

/**
 * The report as one HTML document. All text is escaped; figures and images are embedded. Equal input gives equal bytes.
 * @throws TypeError for an image that is not a PNG data URI; RangeError for an empty table
 */
export function reportHtml({ title, subtitle, summary, sections, facts }: Report): string {
  const anchors = anchorsOf(sections)
  const terms = Object.entries(facts).map(
    ([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>`,
  )
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
<header>
<h1>${escapeHtml(title)}</h1>
${subtitle === undefined ? '' : `<p class="subtitle">${escapeHtml(subtitle)}</p>\n`}${paragraphs(summary, ' class="summary"')}
${contents(sections, anchors)}</header>
<main>
${sections.map((section, index) => sectionHtml(section, anchors[index])).join('\n')}
</main>
<footer>
<dl>
${terms.join('\n')}
</dl>
</footer>
</body>
</html>
`
}
