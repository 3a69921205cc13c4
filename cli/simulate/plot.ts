import type { TimelinePoint } from "./timeline";

/** A round number at or above the value, for the end of an axis. */
export function axisEnd(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((step) => step * power >= value) ?? 10) * power;
}

/** A number for an axis: `0`, `250`, `1.5k`. */
export function axisText(value: number): string {
  if (value >= 1e6) return `${Number((value / 1e6).toPrecision(3))}M`;
  return value >= 1000 ? `${Number((value / 1000).toPrecision(3))}k` : `${Number(value.toPrecision(3))}`;
}

const size = { width: 960, height: 200, left: 52, right: 12, top: 10, bottom: 26 };
const plotWidth = size.width - size.left - size.right;
const plotHeight = size.height - size.top - size.bottom;

/** One line or area of a plot. */
interface Series {
  readonly className: string;
  readonly isArea: boolean;
  value(point: TimelinePoint): number;
}

/** A plot over time. What is above `end` is cut off there. */
interface TimePlot {
  readonly title: string;
  readonly points: readonly TimelinePoint[];
  readonly series: readonly Series[];
  readonly untilSeconds: number;
  readonly end: number;
}

/** Draws values over time as steps, in SVG. */
export function timePlot({ title, points, series, untilSeconds, end }: TimePlot): string {
  const x = (seconds: number) => size.left + (plotWidth * seconds) / Math.max(1e-9, untilSeconds);
  const y = (value: number) => size.top + plotHeight * (1 - Math.min(end, value) / end);
  const paths = series.map(({ className, isArea, value }) => {
    const steps = points.map((point, i) => {
      const to = points[i + 1]?.atSeconds ?? Math.min(untilSeconds, 2 * point.atSeconds - (points[i - 1]?.atSeconds ?? 0));
      const level = y(value(point)).toFixed(1);
      return `${i === 0 && !isArea ? "M" : "L"}${x(point.atSeconds).toFixed(1)} ${level}H${x(Math.max(point.atSeconds, to)).toFixed(1)}`;
    });
    const base = y(0).toFixed(1);
    const outline = isArea ? `M${x(0).toFixed(1)} ${base}${steps.join("")}V${base}Z` : steps.join("");
    return `<path class="${className} ${isArea ? "area" : "line"}" d="${outline}"/>`;
  });
  return `<svg viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${title}">${valueAxis(end, y)}${timeAxis(untilSeconds, x)}${paths.join("")}</svg>`;
}

function valueAxis(end: number, y: (value: number) => number): string {
  return [0, end / 2, end]
    .map((value) => {
      const at = y(value).toFixed(1);
      return `<line class="grid" x1="${size.left}" x2="${size.width - size.right}" y1="${at}" y2="${at}"/><text x="${size.left - 6}" y="${at}" class="value">${axisText(value)}</text>`;
    })
    .join("");
}

function timeAxis(untilSeconds: number, x: (seconds: number) => number): string {
  const [unit, seconds] = timeUnit(untilSeconds);
  const last = untilSeconds / seconds;
  const step = axisEnd(last / 8);
  const ticks = Array.from({ length: Math.floor(last / step + 1e-9) + 1 }, (_, i) => i * step);
  return ticks
    .map((tick) => `<text x="${x(tick * seconds).toFixed(1)}" y="${size.height - 8}" class="time">${axisText(tick)} ${unit}</text>`)
    .join("");
}

function timeUnit(untilSeconds: number): readonly [unit: string, seconds: number] {
  if (untilSeconds > 3 * 86_400) return ["d", 86_400];
  if (untilSeconds > 3 * 3600) return ["h", 3600];
  return untilSeconds > 300 ? ["min", 60] : ["s", 1];
}

const bar = { rowHeight: 26, labelWidth: 190, valueWidth: 110 };

/** One bar of a chart. */
interface Bar {
  readonly label: string;
  readonly value: number;
  readonly text: string;
}

/** Draws bars side by side in length, the longest over the whole width. */
export function barPlot(title: string, bars: readonly Bar[]): string {
  const longest = Math.max(1e-9, ...bars.map(({ value }) => value));
  const room = size.width / 2 - bar.labelWidth - bar.valueWidth;
  const rows = bars.map(({ label, value, text }, i) => {
    const y = i * bar.rowHeight;
    const length = Math.max(1, (room * value) / longest);
    return (
      `<text x="${bar.labelWidth - 8}" y="${y + 14}" class="value">${escapeHtml(label)}</text>` +
      `<rect class="bar${i === 0 ? " ours" : ""}" x="${bar.labelWidth}" y="${y + 3}" width="${length.toFixed(1)}" height="${bar.rowHeight - 8}" rx="2"/>` +
      `<text x="${(bar.labelWidth + length + 6).toFixed(1)}" y="${y + 14}" class="after">${escapeHtml(text)}</text>`
    );
  });
  return `<svg viewBox="0 0 ${size.width / 2} ${bars.length * bar.rowHeight}" role="img" aria-label="${title}">${rows.join("")}</svg>`;
}

/** Text that may stand in HTML. */
export function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
