"""How a page of results looks: on paper, on a phone, by day and by night. No font, picture or script from
elsewhere."""

from __future__ import annotations

CSS = """
:root {
  color-scheme: light dark;
  --paper: #fdfcf9; --ink: #1c1f24; --soft: #5b626d; --line: #dcd8cf; --card: #ffffff; --good: #1b7f5c; --bad:
    #b3261e;
  --c0: #0b5cad; --c1: #c2571a; --c2: #3f7d3a; --c3: #8a4fa3; --c4: #7a7f87; --c5: #a8822a; --c6: #2a8a97; --c7:
    #b04674;
  --right: #1b7f5c; --misled: #c4382f; --missed: #d8c48c; --honest: #a9b8c9;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171b; --ink: #e8e6e1; --soft: #a2a9b4; --line: #343a43; --card: #1b1f25; --good: #58c79b; --bad:
      #ff8a80;
    --c0: #6cb6ff; --c1: #f2995c; --c2: #83c77c; --c3: #cf9be6; --c4: #9aa1ab; --c5: #dcb964; --c6: #6fcbd6;
      --c7: #ef8db5;
    --right: #3fae84; --misled: #e8635a; --missed: #8f7f4d; --honest: #5a6b80;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0 auto; padding: 2.2rem 1.1rem 4rem; max-width: 78rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
}
h1 { font-size: clamp(1.7rem, 5vw, 2.6rem); line-height: 1.15; letter-spacing: -.02em; margin: 0 0 .4rem; }
h2 { font-size: 1.45rem; letter-spacing: -.01em; margin: 3.2rem 0 .3rem; padding-top: 1.2rem; border-top: 2px solid
  var(--ink); }
h3 { font-size: 1rem; margin: 0 0 .15rem; }
p { margin: .3rem 0 .8rem; max-width: 46rem; }
.soft, figcaption, .caption, footer { color: var(--soft); }
.lead { font-size: 1.12rem; }
.verdicts { padding: 0; list-style: none; max-width: 60rem; }
.verdicts li { padding: .35rem 0 .35rem 1.5rem; position: relative; }
.verdicts li::before { position: absolute; left: 0; }
.better::before { content: "▲"; color: var(--good); }
.worse::before { content: "▼"; color: var(--bad); }
.open::before { content: "="; font-weight: 700; color: var(--soft); }
nav ul { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .3rem 1.1rem; }
a { color: var(--c0); text-underline-offset: .2em; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); gap: 1rem; margin:
  1rem 0; }
figure { margin: 0; padding: .9rem .9rem .7rem; background: var(--card); border: 1px solid var(--line);
  border-radius: .5rem; min-width: 0; }

figcaption { font-size: .86rem; line-height: 1.4; margin-bottom: .5rem; }
figcaption h3 { color: var(--ink); }
svg { display: block; width: 100%; height: auto; max-width: 38rem; margin: 0 auto; overflow: visible; }
svg text { font: 11px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; fill: var(--soft);
  font-variant-numeric: tabular-nums; }
svg .name { fill: var(--ink); }
svg .axis { stroke: var(--soft); stroke-width: 1; }
svg .grid { stroke: var(--line); stroke-width: 1; }
svg .mark { stroke: var(--soft); stroke-dasharray: 4 3; }
svg .curve { fill: none; stroke: var(--c); stroke-width: 1.8; stroke-linejoin: round; }
svg .c0.curve { stroke-width: 3; }
svg .band { fill: var(--c); opacity: .14; stroke: none; }
svg .dot { fill: var(--c); stroke: var(--card); stroke-width: 1.2; }
svg .whisker { stroke: var(--c); stroke-width: 1.6; opacity: .65; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .15rem 1rem; margin: .45rem 0 .2rem; padding: 0;
  font-size: .86rem; }
.legend svg { display: inline-block; width: 1.9rem; height: .7rem; margin: 0 .35rem 0 0; vertical-align: baseline; }
.legend i { display: inline-block; width: .85rem; height: .85rem; margin-right: .35rem; border-radius: .15rem;
  vertical-align: -.1em; }
.scroll { overflow-x: auto; margin: .6rem 0; border: 1px solid var(--line); border-radius: .5rem; background:
  var(--card); }
table { border-collapse: collapse; width: 100%; font-size: .86rem; font-variant-numeric: tabular-nums; }
.caption { font-size: .86rem; margin: 1rem 0 -.3rem; }
th, td { padding: .38rem .7rem; text-align: right; vertical-align: top; border-top: 1px solid var(--line);
  white-space: nowrap; }
thead th { white-space: normal; border-top: 0; border-bottom: 1px solid var(--soft); vertical-align: bottom; }
th:first-child, td:first-child { text-align: left; position: sticky; left: 0; background: var(--card); }
tbody tr.c0 th, tbody tr.c0 td { font-weight: 650; }
td small { display: block; color: var(--soft); font-weight: 400; font-size: .78rem; }
.is-better { color: var(--good); } .is-worse { color: var(--bad); }
details { margin: .5rem 0; } summary { cursor: pointer; color: var(--soft); font-size: .9rem; padding: .2rem 0; }
details table { font-size: .82rem; }
footer { margin-top: 3.5rem; border-top: 1px solid var(--line); padding-top: 1rem; font-size: .86rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; } dt { color: var(--soft); } dd {
  margin: 0; overflow-wrap: anywhere; color: var(--ink); }
code { font: .92em ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.c0 { --c: var(--c0); } .c1 { --c: var(--c1); } .c2 { --c: var(--c2); } .c3 { --c: var(--c3); }
.c4 { --c: var(--c4); } .c5 { --c: var(--c5); } .c6 { --c: var(--c6); } .c7 { --c: var(--c7); }
.right { fill: var(--right); background: var(--right); } .misled { fill: var(--misled); background: var(--misled); }
.missed { fill: var(--missed); background: var(--missed); } .honest { fill: var(--honest); background:
  var(--honest); }
@media (max-width: 30rem) {
  body { padding: 1.3rem .8rem 3rem; } figure { padding: .7rem .6rem .5rem; } th, td { padding: .34rem .5rem; }
  dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .5rem; }
}
@media print {
  :root {
    --paper: #fff; --ink: #000; --soft: #444; --line: #ccc; --card: #fff;
    --c0: #0b5cad; --c1: #c2571a; --c2: #3f7d3a; --c3: #8a4fa3; --c4: #7a7f87; --c5: #a8822a; --c6: #2a8a97;
      --c7: #b04674;
    --right: #1b7f5c; --misled: #c4382f; --missed: #d8c48c; --honest: #a9b8c9; --good: #1b7f5c; --bad: #b3261e;
  }
  body { font-size: 10pt; max-width: none; padding: 0; } nav, details { display: none; }
  .plots { grid-template-columns: 1fr 1fr; }
  figure, .scroll, tr { break-inside: avoid; } h2 { break-before: page; }
  .scroll { overflow: visible; } table { font-size: 7.5pt; } th, td { padding: .2rem .3rem; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
"""
