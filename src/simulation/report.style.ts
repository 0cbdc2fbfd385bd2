/** Light or dark as the reader has it, at least 4.5:1 for text and 3:1 for what is drawn; for a screen of 320 px and for paper. */
export const STYLE = `
:root{color-scheme:light dark;--paper:#fff;--ink:#17202b;--soft:#465261;--line:#6b7785;--grid:#e2e6ec;--band:#f3f5f8;--link:#0b4a8f;
--s1:#0b63b5;--s2:#b0460f;--s3:#1d7346;--s4:#7a35d6;--s5:#a3155d;--s6:#5a6573}
@media(prefers-color-scheme:dark){:root{--paper:#12181f;--ink:#e8edf3;--soft:#b4bfcb;--line:#8794a3;--grid:#2b3541;--band:#1b232c;--link:#8cc0ff;
--s1:#6cb6ff;--s2:#ffab70;--s3:#7ee2a8;--s4:#d2a8ff;--s5:#ff9bce;--s6:#b1bac4}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:66rem;padding:1rem 1.25rem 4rem;background:var(--paper);color:var(--ink);font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
h1{font-size:1.7rem;line-height:1.2;margin:1rem 0}
h2{font-size:1.25rem;line-height:1.3;margin:2.5rem 0 .75rem}
p,li,dd,figcaption{max-width:46rem;overflow-wrap:anywhere}
a{color:var(--link)}
figure{margin:0 0 1rem}
figcaption{color:var(--soft);margin-top:.5rem}
svg.wide,svg.narrow{display:block;width:100%;height:auto}
svg.narrow{display:none}
@media(max-width:44rem){svg.wide{display:none}svg.narrow{display:block}}
.key{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;margin:0 0 .5rem;padding:0;list-style:none}
.swatch{margin-right:.5rem;vertical-align:middle}
.scroll{overflow-x:auto;margin:0 0 1rem}
table{border-collapse:collapse;font-size:.9375rem;line-height:1.35}
caption{text-align:left;color:var(--soft);padding:0 0 .5rem}
th,td{border-bottom:1px solid var(--grid);padding:.4rem .8rem .4rem 0;text-align:left;vertical-align:top;min-width:7rem}
thead th{border-bottom:2px solid var(--line);vertical-align:bottom}
tbody th{font-weight:600;min-width:9rem}
tbody tr:nth-child(even){background:var(--band)}
td:not(.figure){min-width:9.5rem}
.figure{font-variant-numeric:tabular-nums;white-space:nowrap}
thead th.figure{white-space:normal}
tbody th{position:sticky;left:0;background:var(--paper)}
tbody tr:nth-child(even) th{background:var(--band)}
details{margin:0 0 1rem}
summary{cursor:pointer;padding:.6rem 0;color:var(--link)}
:focus-visible{outline:3px solid var(--s2);outline-offset:2px}
code{font:.9em ui-monospace,monospace;background:var(--band);padding:.1em .3em;border-radius:3px;overflow-wrap:anywhere}
dt{font-weight:600;margin-top:.6rem}
dd{margin:0}
.numbered{columns:15rem;padding-left:2rem;margin:.5rem 0}
@media(max-width:44rem){body{padding:.5rem .9rem 3rem}}
@page{size:A4 landscape;margin:10mm}
@media print{body{max-width:none;padding:0}svg.wide{display:block;max-height:132mm}svg.narrow{display:none}
details::details-content{content-visibility:visible;block-size:auto}summary{color:inherit;font-weight:600;list-style:none}
.scroll{overflow:visible}table{font-size:.52rem;width:100%}th,td,td:not(.figure),tbody th{min-width:0;padding:.15rem .35rem .15rem 0}
.figure{white-space:normal}tbody th{position:static}thead{display:table-header-group}tr,figure{break-inside:avoid}h2,caption{break-after:avoid}}
`;
