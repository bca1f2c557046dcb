/** How a lab's report looks: on a screen, light and dark, and on A4. Everything is in it, fonts are the system's. */
export const reportStyle = `
:root {
  color-scheme: light dark;
  --bg: #f4f5f7; --surface: #fff; --inset: #f4f6f8; --line: #e0e4e9; --line-2: #c3cad4;
  --ink: #14171c; --ink-2: #414955; --ink-3: #5c6571;
  --bad: #b4232a; --bad-soft: #fdeeee; --odd: #94500a; --odd-soft: #fdf2e0; --open: #4f5a68; --open-soft: #eef1f5;
  --good: #17704a; --good-soft: #e6f5ee; --heat: 26 90 209;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --bg: #0e1013; --surface: #181b20; --inset: #1f2329; --line: #2b3038; --line-2: #434b56;
    --ink: #eceef1; --ink-2: #bac1cb; --ink-3: #98a1ae;
    --bad: #ff8a85; --bad-soft: #3a1f1f; --odd: #f0b35c; --odd-soft: #34281a; --open: #aab4c1; --open-soft: #252a31;
    --good: #62c997; --good-soft: #173026; --heat: 125 174 255;
  }
}
* { box-sizing: border-box; margin: 0; }
body {
  padding: 32px 16px 64px; background: var(--bg); color: var(--ink);
  font: 14px/1.5 "Segoe UI Variable Text", "Segoe UI", -apple-system, Inter, Cantarell, "Noto Sans", "Liberation Sans", system-ui, sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: break-word;
}
main { max-width: 1040px; margin: 0 auto; padding: 44px 48px 40px; border: 1px solid var(--line); border-radius: 12px; background: var(--surface); }
code, .digest { font-family: ui-monospace, "SF Mono", "Cascadia Mono", "JetBrains Mono", "DejaVu Sans Mono", "Liberation Mono", monospace; font-size: 0.9em; }
svg { width: 1em; height: 1em; flex: none; fill: none; stroke: currentColor; stroke-width: 1.6; stroke-linecap: round; stroke-linejoin: round; vertical-align: -0.13em; }

.kind { color: var(--ink-3); font-size: 12px; letter-spacing: 0.04em; }
h1 { margin-top: 2px; font-size: 28px; line-height: 1.2; font-weight: 650; letter-spacing: -0.01em; overflow-wrap: anywhere; }
h2 { margin: 40px 0 12px; font-size: 17px; line-height: 1.3; font-weight: 650; break-after: avoid; }
h3 { font-size: 14px; line-height: 1.4; font-weight: 600; break-after: avoid; }
.hint { margin: -6px 0 12px; color: var(--ink-3); font-size: 13px; }

.contradiction { --own: var(--bad); --own-soft: var(--bad-soft); }
.warning { --own: var(--odd); --own-soft: var(--odd-soft); }
.not-shown { --own: var(--open); --own-soft: var(--open-soft); }
.ok { --own: var(--good); --own-soft: var(--good-soft); }

.verdict { display: flex; gap: 16px; align-items: center; margin: 24px 0 0; padding: 18px 20px; border: 1px solid var(--own); border-radius: 10px; background: var(--own-soft); break-inside: avoid; }
.verdict > svg { width: 40px; height: 40px; color: var(--own); stroke-width: 1.3; }
.verdict strong { display: block; color: var(--own); font-size: 17px; line-height: 1.3; font-weight: 650; }
.verdict p { margin-top: 2px; font-size: 15px; line-height: 1.45; }
.counts { display: flex; flex-wrap: wrap; gap: 6px 20px; margin: 12px 0 0; padding: 0; list-style: none; }
.badge { display: inline-flex; gap: 6px; align-items: center; color: var(--own); font-size: 13px; font-weight: 600; white-space: nowrap; }
.badge svg { width: 16px; height: 16px; }
td .badge, .machine .badge { line-height: 1; vertical-align: text-bottom; }

.facts { display: grid; grid-template-columns: repeat(4, 1fr); gap: 14px 24px; margin-top: 24px; padding-top: 20px; border-top: 1px solid var(--line); break-inside: avoid; }
.facts dt { color: var(--ink-3); font-size: 12px; }
.facts dd { font-weight: 550; }
.notices { margin: 0; padding: 12px 16px 12px 34px; border: 1px solid var(--line); border-radius: 8px; background: var(--inset); }
.notices li { padding-left: 2px; overflow-wrap: anywhere; }
.notices li + li { margin-top: 6px; }

.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: 13px; line-height: 1.4; }
caption { padding: 0 0 8px; color: var(--ink-3); font-size: 13px; text-align: left; }
thead { display: table-header-group; }
th { font-weight: 550; text-align: left; }
thead th { padding: 4px 8px; border-bottom: 1px solid var(--line-2); color: var(--ink-3); font-size: 12px; vertical-align: bottom; white-space: nowrap; }
thead .group { padding-bottom: 0; border-bottom: 0; text-align: center; }
td, tbody th { padding: 5px 8px; border-bottom: 1px solid var(--line); vertical-align: top; }
tr { break-inside: avoid; }
.number { text-align: right; white-space: nowrap; }
.still { white-space: nowrap; }
tbody .machine { padding: 16px 8px 5px 0; border-bottom: 1px solid var(--line-2); color: var(--ink-3); font-weight: 400; overflow-wrap: anywhere; }
tbody:first-of-type .machine { padding-top: 10px; }
.machine b { margin-right: 10px; color: var(--ink); font-weight: 650; }
.machine .badge { margin-left: 8px; }
tr:has(.machine) { break-after: avoid; }
.peer { font-weight: 650; }
.dim { color: var(--ink-3); }
.differs { color: var(--bad); font-weight: 600; }

.copies { display: grid; gap: 8px; margin: 16px 0 0; padding: 0; list-style: none; }
.copies li { padding: 10px 14px; border-radius: 8px; background: var(--inset); break-inside: avoid; }
.copies .digest { display: block; overflow-wrap: anywhere; font-size: 13px; }

.matrix { width: auto; }
.matrix th, .matrix td { padding: 4px 7px; border: 1px solid var(--line); text-align: right; white-space: nowrap; }
.matrix thead th { border-color: var(--line); text-align: right; }
.matrix .corner { text-align: left; font-weight: 400; border-color: transparent var(--line) var(--line) transparent; }
.matrix .self { background: repeating-linear-gradient(135deg, transparent 0 3px, var(--line) 3px 4px); }
.matrix .sum { color: var(--ink-2); font-weight: 600; border-color: var(--line); background: var(--inset); }
.heat-1 { background: rgb(var(--heat) / 0.08); } .heat-2 { background: rgb(var(--heat) / 0.16); }
.heat-3 { background: rgb(var(--heat) / 0.26); } .heat-4 { background: rgb(var(--heat) / 0.38); }
.many { font-size: 11px; } .many th, .many td { padding: 2px 3px; }
.many thead th { font-size: 11px; }

.check { display: grid; grid-template-columns: 190px 1fr; gap: 4px 28px; padding: 16px 0; border-top: 1px solid var(--line); }
.check > header { break-inside: avoid; break-after: avoid; }
.check .badge { margin-top: 3px; }
.demand { color: var(--ink-3); font-size: 13px; break-after: avoid; }
.findings { margin: 6px 0 0; padding: 0; list-style: none; }
.finding { display: grid; grid-template-columns: 16px 1fr; gap: 0 8px; padding: 4px 0; }
.finding > svg { width: 16px; height: 16px; margin-top: 3px; color: var(--own); }
.finding p { overflow-wrap: anywhere; break-after: avoid; }
.only-read { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.lines { margin: 6px 0 4px; padding: 8px 12px; border-left: 3px solid var(--own); border-radius: 0 6px 6px 0; background: var(--inset); list-style: none; }
.lines li { break-inside: avoid; }
.lines li + li { margin-top: 6px; }
.lines .at { display: block; color: var(--ink-3); font-size: 12px; line-height: 1.4; overflow-wrap: anywhere; }
.lines code { display: block; font-size: 12px; line-height: 1.45; white-space: pre-wrap; overflow-wrap: anywhere; }

.legend { display: grid; grid-template-columns: max-content 1fr; gap: 6px 20px; font-size: 13px; color: var(--ink-2); }
.foot { margin-top: 36px; padding-top: 16px; border-top: 1px solid var(--line); color: var(--ink-3); font-size: 12px; }

@media screen and (max-width: 760px) {
  body { padding: 0; }
  main { padding: 24px 18px; border: 0; border-radius: 0; }
  .facts { grid-template-columns: 1fr 1fr; }
  .check { grid-template-columns: 1fr; }
}
@page { size: A4; margin: 15mm 14mm 16mm; @bottom-right { content: counter(page) " / " counter(pages); color: #5c6571; font: 8pt system-ui, sans-serif; } }
@page wide { size: A4 landscape; margin: 12mm 10mm; }
@media print {
  :root { color-scheme: light; --inset: #f5f6f8; }
  body { padding: 0; background: none; font-size: 9.5pt; line-height: 1.42; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  main { max-width: none; padding: 0; border: 0; border-radius: 0; background: none; }
  h1 { font-size: 20pt; } h2 { margin: 8mm 0 3mm; font-size: 12.5pt; } h3 { font-size: 10pt; }
  .kind, .facts dt, .hint, .demand, caption { font-size: 8.5pt; }
  .verdict { margin-top: 5mm; padding: 4mm 5mm; } .verdict strong { font-size: 12.5pt; } .verdict p { font-size: 10.5pt; }
  .facts { margin-top: 5mm; padding-top: 4mm; gap: 3mm 6mm; }
  table { font-size: 8pt; } thead th { font-size: 7.5pt; } td, tbody th, thead th { padding: 0.9mm 1.4mm; }
  tbody .machine { padding: 3.2mm 1.4mm 1mm 0; }
  .copies .digest { font-size: 8pt; }
  .badge, .legend, .notices { font-size: 8.5pt; }
  .badge svg { width: 10pt; height: 10pt; } td .badge, .machine .badge { font-size: 8pt; gap: 1mm; }
  .finding { grid-template-columns: 10pt 1fr; gap: 0 2mm; } .finding > svg { width: 10pt; height: 10pt; margin-top: 1.2pt; }
  .scroll { overflow: visible; }
  .check { grid-template-columns: 42mm 1fr; gap: 1mm 6mm; padding: 4mm 0; }
  .lines .at, .lines code { font-size: 7.5pt; }
  .matrix th, .matrix td { padding: 0.7mm 1.5mm; }
  .wide { page: wide; break-before: page; }
  .wide h2 { margin-top: 0; }
  .many { font-size: 7pt; } .many thead th { font-size: 7pt; } .many th, .many td { padding: 0.6mm 0.7mm; }
  .foot { margin-top: 8mm; font-size: 8pt; }
}`;
