// The report's style sheet: quiet, system fonts, light and dark by the reader's preference, dark ink on paper.

export const style = `
:root {
  color-scheme: light dark;
  --paper: #fdfdfc; --ink: #1d2126; --quiet: #5c6570; --rule: #dfe2e5; --panel: #f4f5f5; --link: #005a9c;
}
@media (prefers-color-scheme: dark) {
  :root { --paper: #15181c; --ink: #e4e6e8; --quiet: #9aa3ad; --rule: #30353b; --panel: #1d2126; --link: #6fb7ea; }
  figure svg:not([data-colors]) { filter: brightness(1.2); }
}
* { box-sizing: border-box; }
html { background: var(--paper); -webkit-text-size-adjust: 100%; }
body {
  max-width: 46rem; margin: 0 auto; padding: 4.5rem 1.5rem 3rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.6 system-ui, -apple-system, 'Segoe UI', sans-serif; text-rendering: optimizeLegibility;
}
h1, h2 { line-height: 1.2; text-wrap: balance; font-weight: 650; letter-spacing: -0.012em; }
h1 { margin: 0; font-size: 2.1rem; }
h2 { margin: 3.5rem 0 0.75rem; font-size: 1.35rem; }
p { margin: 0.75rem 0; text-wrap: pretty; overflow-wrap: break-word; }
a { color: var(--link); text-underline-offset: 0.15em; text-decoration-thickness: 1px; }
.subtitle { margin: 0.5rem 0 0; color: var(--quiet); font-size: 1.1rem; }
.summary { margin: 2rem 0 0; font-size: 1.125rem; }
nav { margin-top: 2rem; padding: 0.65rem 0; border-block: 1px solid var(--rule); font-size: 0.925rem; }
nav ul { display: flex; flex-wrap: wrap; gap: 0.2rem 1.4rem; margin: 0; padding: 0; list-style: none; }
figure { margin: 2rem 0; break-inside: avoid; }
figure svg, figure img { display: block; max-width: 100%; height: auto; margin-inline: auto; }
figcaption { margin-top: 0.6rem; color: var(--quiet); font-size: 0.9rem; line-height: 1.5; text-wrap: pretty; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: 0.925rem; font-variant-numeric: tabular-nums lining-nums; }
th, td { padding: 0.42rem 0 0.42rem 1.1rem; text-align: left; font-weight: 400; vertical-align: baseline; }
th:first-child, td:first-child { padding-left: 0; }
thead th { color: var(--quiet); font-size: 0.85rem; vertical-align: bottom; border-bottom: 1px solid var(--ink); }
tbody tr + tr > * { border-top: 1px solid var(--rule); }
tbody tr:last-child > * { border-bottom: 1px solid var(--ink); }
.number { text-align: right; }
td.number, tbody th { white-space: nowrap; }
strong { font-weight: 700; }
details { margin: 2rem 0; }
summary { cursor: pointer; color: var(--link); font-size: 0.925rem; }
details[open] > summary { margin-bottom: 1rem; }
details > figure:first-of-type { margin-top: 0; }
pre { padding: 0.9rem 1.1rem; overflow-x: auto; border-radius: 6px; background: var(--panel); }
code, pre { font: 0.875rem/1.5 ui-monospace, 'SF Mono', Menlo, Consolas, monospace; }
footer { margin-top: 4.5rem; padding-top: 1.25rem; border-top: 1px solid var(--rule); color: var(--quiet); font-size: 0.85rem; }
footer dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.25rem 1.25rem; margin: 0; }
footer dd { margin: 0; color: var(--ink); overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
@media (min-width: 64rem) {
  figure:has(.wide) { margin-inline: -7rem; }
  figure:has(.wide) figcaption { margin-inline: 7rem; }
}
@media (max-width: 34rem) {
  body { padding-top: 2.5rem; }
  figure .scroll svg { min-width: 34rem; }
  footer dl { grid-template-columns: 1fr; gap: 0; }
  footer dd { margin-bottom: 0.5rem; }
}
@media print {
  :root {
    color-scheme: light;
    --paper: #fff; --ink: #000; --quiet: #444; --rule: #bbb; --panel: #f4f4f4; --link: #000;
  }
  body { max-width: none; padding: 0; font-size: 10.5pt; }
  h2 { break-after: avoid; }
  tr { break-inside: avoid; }
  figure svg:not([data-colors]) { filter: none; }
  /* paper cannot be clicked */
  details::details-content { content-visibility: visible; block-size: auto; }
}
`
