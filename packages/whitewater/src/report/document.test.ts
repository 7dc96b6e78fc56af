import { expect, it } from 'vitest'
import { reportHtml, type Report } from './document.ts'
import { kappaFigure } from './kappa-figure.ts'

const pixel =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

const nasty = `<script>alert("1")</script> & 'more'`

const report: Report = {
  title: `Report ${nasty}`,
  subtitle: nasty,
  summary: `First ${nasty}\n\nSecond paragraph`,
  sections: [
    {
      heading: 'Samples & more',
      text: nasty,
      blocks: [
        { kind: 'text', text: nasty },
        { kind: 'code', text: nasty },
        { kind: 'details', summary: nasty, blocks: [{ kind: 'text', text: 'Folded away' }] },
        { kind: 'image', source: pixel, description: nasty, caption: nasty },
        {
          kind: 'table',
          table: { columns: [{ key: 'a', label: nasty }], rows: [{ a: nasty }] },
          caption: nasty,
        },
      ],
    },
    {
      heading: 'Samples & more',
      blocks: [
        {
          kind: 'figure',
          svg: kappaFigure({
            series: [
              {
                name: nasty,
                points: [
                  { t: 0, kappa: 1 },
                  { t: 1, kappa: 9 },
                ],
              },
            ],
          }),
          caption: nasty,
        },
      ],
    },
  ],
  facts: { [nasty]: nasty, Seed: '0' },
}

const html = reportHtml(report)

it('escapes everything it is given', () => {
  expect(html).not.toContain('<script')
  expect(html).toContain(
    '<title>Report &lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;more&#39;</title>',
  )
})

it('needs nothing from outside: every reference is a fragment or a data URI', () => {
  const references = [...html.matchAll(/\b(?:src|href)="([^"]*)"/g)].map(([, value]) => value)
  expect(references.length).toBeGreaterThan(0)
  expect(references.filter((value) => !/^(#|data:)/.test(value))).toEqual([])
  expect(html).not.toMatch(/url\(|@import|<link/)
})

it('gives repeated headings their own anchors and lists them', () => {
  expect(html).toContain('<a href="#samples-more">')
  expect(html).toContain('<a href="#samples-more-2">')
  expect(html).toContain('<h2 id="samples-more-2">')
})

it('states the facts in the footer, in order', () => {
  expect(html).toMatch(/<footer>[\s\S]*<dt>Seed<\/dt><dd>0<\/dd>[\s\S]*<\/footer>/)
})

it('splits paragraphs at empty lines', () => {
  expect(html).toContain('<p class="summary">Second paragraph</p>')
})

it('folds details away, without a script', () => {
  expect(html).toMatch(/<details>\n<summary>&lt;script[^<]*<\/summary>\n<p>Folded away<\/p>\n<\/details>/)
})

it('gives the same bytes for the same report', () => {
  expect(reportHtml(report)).toBe(html)
})

it('rejects an image that would not travel with the file', () => {
  const section = (source: string) => ({
    heading: 'Samples',
    blocks: [{ kind: 'image' as const, source, description: 'grid', caption: '' }],
  })
  for (const source of ['samples.png', 'https://example.org/a.png', 'data:image/png;base64,x" onload="y']) {
    expect(() => reportHtml({ ...report, sections: [section(source)] })).toThrow(/expected a PNG data URI/)
  }
})
