import { axisEnd, barPlot, escapeHtml, timePlot } from "./plot";
import type { Conditions } from "./replay";
import { comparedRows, type PolicyResult, timeText } from "./textReport";

/** What a report is about. */
export interface ReportContent {
  readonly traceName: string;
  readonly setupName: string;
  /** The resource of which the plots tell what was bought, used and wanted. */
  readonly shown: "CPU" | "GPU";
  readonly conditions: Conditions;
  /** The policy in question first. */
  readonly results: readonly PolicyResult[];
}

const style = `
:root{color-scheme:light dark;--ink:#1f2933;--dim:#667480;--paper:#fff;--grid:#e3e8ed;--bought:#c9d6e2;--used:#4a7fb5;--wanted:#c2571a;--bar:#9fb3c8;--ours:#2f6ea5}
@media(prefers-color-scheme:dark){:root{--ink:#e6ebf0;--dim:#9aa8b5;--paper:#15191e;--grid:#2c343c;--bought:#36434f;--used:#5b93c9;--wanted:#f0935a;--bar:#4d6073;--ours:#5b93c9}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:1000px;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .3rem}h3{font-size:1rem;margin:1.2rem 0 0}p{margin:.2rem 0 .6rem;color:var(--dim)}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}th,td{text-align:right;padding:.25rem .6rem;border-bottom:1px solid var(--grid)}th:first-child{text-align:left;font-weight:400;color:var(--dim)}
.table{overflow-x:auto}.bars{display:grid;grid-template-columns:repeat(auto-fit,minmax(400px,1fr));gap:0 1.5rem}
svg{width:100%;height:auto;display:block}text{fill:var(--dim);font-size:12px}.value{text-anchor:end;dominant-baseline:middle}.after{dominant-baseline:middle;fill:var(--ink)}.time{text-anchor:middle}
.grid{stroke:var(--grid)}.line{fill:none;stroke-width:1.5}.bought.area{fill:var(--bought)}.used.area{fill:var(--used)}.wanted.line{stroke:var(--wanted)}.nodes.line{stroke:var(--ours)}
.bar{fill:var(--bar)}.bar.ours{fill:var(--ours)}.key{display:inline-block;width:.9em;height:.9em;border-radius:2px;vertical-align:-1px;margin:0 .3em 0 .8em}
.key.bought{background:var(--bought)}.key.used{background:var(--used)}.key.wanted{background:var(--wanted);height:3px;vertical-align:3px}`;

/** The comparison as one page that needs nothing else: no network, no script. */
export function htmlReport(content: ReportContent): string {
  const { traceName, setupName, results } = content;
  const title = `${escapeHtml(traceName)} on ${escapeHtml(setupName)}`;
  return [
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title>`,
    `<style>${style}</style></head><body><h1>${title}</h1><p>${escapeHtml(conditionsText(content))}</p>`,
    `<h2>Side by side</h2><div class="bars">${bars(results)}</div>`,
    `<h2>In figures</h2><div class="table">${table(results)}</div>`,
    `<h2>Over time</h2>${legend(content.shown)}${timePlots(content)}`,
    "</body></html>\n",
  ].join("\n");
}

function conditionsText({ conditions, results }: ReportContent): string {
  const { tickSeconds, seed, spotLossesPerHour, outages } = conditions;
  const hasOutages = [...outages.values()].some((periods) => periods.length > 0);
  const tasks = results[0]?.measures.tasks.completed ?? 0;
  return [
    `${tasks} tasks completed. A decision every ${tickSeconds} s at most`,
    spotLossesPerHour > 0 ? `${spotLossesPerHour} losses per hour and spot node` : "no spot losses",
    hasOutages ? "times without capacity" : "capacity at all times",
    `seed ${seed}.`,
  ].join(", ");
}

function bars(results: readonly PolicyResult[]): string {
  const charts: readonly (readonly [title: string, value: (result: PolicyResult) => number, text: (value: number) => string])[] = [
    ["Cost", ({ measures }) => measures.costUsd, (value) => `$${value.toFixed(2)}`],
    ["Waiting time, mean", ({ measures }) => measures.waitingSeconds.mean, timeText],
    ["Waiting time, 95 % of tasks at most", ({ measures }) => measures.waitingSeconds.p95, timeText],
    ["Waiting time, 99 % of tasks at most", ({ measures }) => measures.waitingSeconds.p99, timeText],
  ];
  return charts
    .map(([title, value, text]) => {
      const rows = results.map((result) => ({ label: result.name, value: value(result), text: text(value(result)) }));
      return `<div><h3>${title}</h3>${barPlot(title, rows)}</div>`;
    })
    .join("");
}

function table(results: readonly PolicyResult[]): string {
  const head = results.map(({ name }) => `<th>${escapeHtml(name)}</th>`).join("");
  const rows = comparedRows.map(([title, cell]) => {
    const cells = results.map(({ measures }) => `<td>${escapeHtml(cell(measures))}</td>`).join("");
    return `<tr><th>${escapeHtml(title)}</th>${cells}</tr>`;
  });
  return `<table><thead><tr><th></th>${head}</tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

function legend(shown: ReportContent["shown"]): string {
  return (
    `<p>${shown}s: <span class="key bought"></span>bought, <span class="key used"></span>in use, ` +
    `<span class="key wanted"></span>in use or waited for (cut off where it is far above what any policy bought). Below: nodes.</p>`
  );
}

/** Demand is cut off at this many times the most that was bought: a queue can be a hundred times as long. */
const demandShown = 1.5;

function timePlots({ results, shown }: ReportContent): string {
  const untilSeconds = Math.max(1, ...results.map(({ measures }) => measures.simulatedSeconds));
  const points = results.flatMap(({ measures }) => measures.timeline);
  const most = (value: (point: (typeof points)[number]) => number) => points.reduce((highest, point) => Math.max(highest, value(point)), 0);
  const mostBought = most(({ bought }) => bought);
  const end = axisEnd(
    Math.max(
      mostBought,
      Math.min(
        demandShown * mostBought,
        most(({ wanted }) => wanted),
      ),
    ),
  );
  const nodesEnd = axisEnd(most(({ nodes }) => nodes));
  return results
    .map(({ name, description, measures }) => {
      const base = { points: measures.timeline, untilSeconds };
      const amounts = timePlot({
        ...base,
        title: `${shown}s over time with ${escapeHtml(name)}`,
        end,
        series: [
          { className: "bought", isArea: true, value: ({ bought }) => bought },
          { className: "used", isArea: true, value: ({ used }) => used },
          { className: "wanted", isArea: false, value: ({ wanted }) => wanted },
        ],
      });
      const nodes = timePlot({
        ...base,
        title: `Nodes over time with ${escapeHtml(name)}`,
        end: nodesEnd,
        series: [{ className: "nodes", isArea: false, value: (point) => point.nodes }],
      });
      return `<h3>${escapeHtml(name)}</h3><p>${escapeHtml(description)}</p>${amounts}${nodes}`;
    })
    .join("");
}
