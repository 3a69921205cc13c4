import { shownText } from "../../autoscaler-agent/report/shownText";
import type { Explanation } from "./explanation";

/** Of each kind of thing so many are named, the rest is counted. */
const MOST_NAMED = 12;
/** A record older than this at the asked moment is worth a word: ticks are two seconds apart. */
const GAP_SECONDS = 10;

type Group = Explanation["decision"]["groups"][number];

/** The explanation as text for a terminal. Whatever others put into names and messages is shown and not obeyed. */
export function explanationText(explanation: Explanation): string {
  const { decision } = explanation;
  const lines = [
    ...head(explanation),
    ...section("Seen", [rayLine(explanation), ...decision.groups.flatMap(groupLines)]),
    ...section("Waiting", [
      ...decision.pending.demands,
      ...decision.pending.gangs,
      ...decision.pending.requested.map((text) => `asked for by request_resources(): ${text}`),
    ]),
    ...section(
      "Decided",
      decision.actions.length === 0
        ? ["nothing to do"]
        : decision.actions.flatMap(({ groupName, text, outcome, consoleTail = [] }) => [
            `${groupName}: ${text} → ${outcome}`,
            ...(consoleTail.length === 0 ? [] : ["  its console ended with:", ...consoleTail.map((line) => `    ${line}`)]),
          ]),
    ),
    ...section("Not served", [
      ...decision.infeasible.map((text) => `can never be served: ${text}`),
      ...decision.overLimit.map((text) => `waits: ${text}`),
    ]),
    ...section("Held back", heldLines(explanation)),
    ...section(
      "Noticed",
      decision.notices.map(({ text }) => text),
    ),
    ...section("Cost", costLines(explanation)),
    ...section(
      "Done in the ten minutes before",
      explanation.recently.map(({ at, groupName, text, outcome }) => `${at.slice(11, 19)} ${groupName}: ${text} → ${outcome}`),
    ),
    ...section("Lines that could not be read", explanation.unreadable),
  ];
  return lines.map(shownText).join("\n");
}

function head({ askedFor, secondsBefore, secondsToNext, agentVersion, decision, differences }: Explanation): string[] {
  const next = secondsToNext === undefined ? "none was recorded after it" : `the next was ${secondsToNext} s after it`;
  const gap = `  The last tick recorded before ${askedFor} is ${secondsBefore} s older; ${next}.`;
  const otherwise = differences.slice(0, MOST_NAMED).map(({ path, was, now }) => `    ${path}: ${was} then, ${now} now`);
  return [
    `${decision.clusterName}, ${decision.at}: tick ${decision.tick} of agent ${agentVersion}, ${decision.durationMs} ms${decision.dryRun ? ", dry run" : ""}`,
    ...(secondsBefore > GAP_SECONDS ? [gap] : []),
    ...(differences.length === 0
      ? ["  Decided again by this version: the same."]
      : [`  Decided again by this version: differs in ${differences.length}.`, ...otherwise]),
  ];
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ["", title, ...lines.map((line) => `  ${line}`)];
}

function rayLine({ decision: { ray } }: Explanation): string {
  const nodes = Object.entries(ray.nodes).map(([status, count]) => `${count} ${status}`);
  return ray.known ? `Ray, session ${ray.session}: ${nodes.join(", ") || "no nodes"}` : "Ray did not answer";
}

function groupLines(group: Group): string[] {
  const { groupName, known, desired, min, max, awaited, instances, idleTimeout, bootSeconds } = group;
  const phases = Object.entries(Object.groupBy(instances, ({ phase }) => phase)).map(([phase, list]) => `${list?.length ?? 0} ${phase}`);
  const counts = [...phases, ...(awaited > 0 ? [`${awaited} awaited`] : [])].join(", ") || "no machine";
  const facts = [
    `idle time-out ${idleTimeout.seconds} s${idleTimeout.why === undefined ? "" : ` (${idleTimeout.why})`}`,
    ...(bootSeconds === undefined ? [] : [`usual boot ${bootSeconds} s`]),
    ...(group.minWhy === undefined ? [] : [group.minWhy]),
    ...(known ? [] : ["could not be read in this tick"]),
    ...(group.unavailable === undefined ? [] : [group.unavailable]),
    ...(group.unfilledBecause === undefined ? [] : [group.unfilledBecause]),
  ];
  return [
    `${groupName}: ${counts}; desired ${desired ?? "unknown"}, minimum ${min}, maximum ${max}`,
    ...facts.map((fact) => `  ${fact}`),
    ...group.waysOut.map(({ zone, market, seconds, message }) => `  ${zone} ${market} is out for ${seconds} s: ${message}`),
    ...named(instances.filter(isWorthALine).map(machineLine)),
  ];
}

function isWorthALine({ phase, idleSeconds }: Group["instances"][number]): boolean {
  return phase !== "running" || idleSeconds !== undefined;
}

function machineLine(machine: Group["instances"][number]): string {
  const { instanceId, instanceType, zone, phase, ageSeconds, idleSeconds, bootStage, endCause } = machine;
  const details = [
    `${ageSeconds} s old`,
    ...(idleSeconds === undefined ? [] : [`idle for ${idleSeconds} s`]),
    ...(bootStage === undefined ? [] : [`boot stage ${bootStage}`]),
    ...(endCause === undefined ? [] : [endCause]),
  ];
  return `  ${instanceId} (${[instanceType, zone].filter((part) => part !== "").join(", ")}): ${phase}, ${details.join(", ")}`;
}

function heldLines({ held }: Explanation): string[] {
  const byCode = Object.values(Object.groupBy(held, ({ code }) => code)).map((list) => list ?? []);
  return byCode.flatMap((list) => named(list.map(({ code, text, about }) => `${code}: ${about === undefined ? "" : `${about}: `}${text}`)));
}

function costLines({ decision: { costPerHourUsd, lowerBoundPerHourUsd } }: Explanation): string[] {
  return costPerHourUsd === undefined || lowerBoundPerHourUsd === undefined
    ? []
    : [
        `$${costPerHourUsd.toFixed(2)} an hour for the workers that stay or are launched; no choice that serves the same costs less than $${lowerBoundPerHourUsd.toFixed(2)}`,
      ];
}

function named(lines: readonly string[]): string[] {
  return lines.length <= MOST_NAMED ? [...lines] : [...lines.slice(0, MOST_NAMED), `  and ${lines.length - MOST_NAMED} more`];
}
