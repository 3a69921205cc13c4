import type { DecisionReply, Demand } from "../../contract/decision";
import type { PurchasePlan } from "../plan";
import type { Alternatives, Standing } from "./alternatives";

/** Shapes that are shown to a person; the JSON has all of them. */
const mostShapes = 20;

const gib = 2 ** 30;

/** The plan for a person: what to buy, what is not served and why, and what each group would cost for each shape. */
export function planText(plan: PurchasePlan): string {
  const shown = plan.alternatives.slice(0, mostShapes);
  const more = plan.alternatives.length - shown.length;
  return [
    `Stack ${plan.stack}, from no workers:`,
    ...buyLines(plan),
    "",
    `cost per hour  ${usd(plan.costPerHourUsd)}`,
    `lower bound    ${usd(plan.lowerBoundPerHourUsd)}${distance(plan)}`,
    ...unservedLines("Cannot be served by any group", plan.infeasible),
    ...unservedLines("Not served now", plan.overLimit),
    "",
    "What each group could do:",
    ...shown.flatMap(alternativeLines),
    ...(more > 0 ? [`  and ${more} more shapes; --json shows all of them`] : []),
  ].join("\n");
}

function usd(value: number): string {
  return `$${value.toFixed(value > 0 && value < 0.1 ? 4 : 2)}`;
}

function distance({ costPerHourUsd, lowerBoundPerHourUsd }: PurchasePlan): string {
  if (lowerBoundPerHourUsd <= 0) return "";
  return ` (the plan is ${(100 * (costPerHourUsd / lowerBoundPerHourUsd - 1)).toFixed(1)} % above it)`;
}

function buyLines({ buy }: PurchasePlan): readonly string[] {
  if (buy.length === 0) return ["  nothing"];
  return buy.map(({ groupName, count, costPerHourUsd, reasons }) => {
    const cost = costPerHourUsd === undefined ? "price not known" : `${usd(costPerHourUsd)} an hour`;
    return `  ${count} × ${groupName}, ${cost}: ${reasons.map(({ text }) => text).join(" ")}`;
  });
}

function unservedLines(title: string, { demands, gangs, requested }: DecisionReply["infeasible"]): readonly string[] {
  const lines = [
    ...demands.map(({ index, count, shape, reason }) => `  demands[${index}], ${count} × ${shapeText(shape)}: ${reason.text}`),
    ...gangs.map(({ index, reason }) => `  gangs[${index}]: ${reason.text}`),
    ...requested.map(({ index, count, shape, reason }) => `  requested[${index}], ${count} × ${shapeText(shape)}: ${reason.text}`),
  ];
  return lines.length === 0 ? [] : ["", `${title}:`, ...lines];
}

function shapeText(shape: Demand["shape"]): string {
  const parts = Object.entries(shape).map(([name, amount]) =>
    name === "memory" || name === "object_store_memory" ? `${name} ${Number((amount / gib).toPrecision(3))} GiB` : `${name} ${amount}`,
  );
  return `{${parts.join(", ")}}`;
}

function alternativeLines({ shape, selectors, count, groups }: Alternatives): readonly string[] {
  const where = selectors === undefined || selectors.length === 0 ? "" : " with label selectors";
  return [`  ${count} × ${shapeText(shape)}${where}`, ...groups.map((standing) => `    ${standing.groupName}: ${standingText(standing)}`)];
}

function standingText(standing: Standing): string {
  if ("lacks" in standing) return `no: ${standing.lacks.join(", ")}`;
  const price = standing.pricePerPieceUsd === undefined ? "" : `, ${usd(standing.pricePerPieceUsd)} an hour each`;
  return `${standing.fitsPerNode ?? "any number"} per node${price}`;
}
