import type { DecisionView } from "./decisionView";
import type { Log } from "./log";

/** A line is written so often although nothing happens, to show that the agent lives. */
const QUIET_LINE_MS = 60_000;

/**
 * Writes a `decision` line for every tick that does something, and whenever what holds the agent back, cannot be served, or was noticed has changed. A quiet cluster
 * gets one line a minute.
 */
export class DecisionLog {
  readonly #log: Log;
  #standing = "";
  #writtenMs = Number.NEGATIVE_INFINITY;

  constructor(log: Log) {
    this.#log = log;
  }

  write(view: DecisionView, nowMs: number): void {
    const standing = JSON.stringify([view.holds.map(({ code }) => code), view.infeasible, view.overLimit, view.dryRun]);
    const news = view.actions.length > 0 || view.notices.length > 0 || standing !== this.#standing;
    if (!news && nowMs - this.#writtenMs < QUIET_LINE_MS) {
      return;
    }
    this.#standing = standing;
    this.#writtenMs = nowMs;
    const {
      ray,
      groups,
      pending,
      actions,
      holds,
      notices,
      infeasible,
      overLimit,
      tick,
      durationMs,
      dryRun,
      costPerHourUsd,
      lowerBoundPerHourUsd,
    } = view;
    this.#log("decision", {
      tick,
      durationMs,
      dryRun,
      actions,
      holds,
      notices,
      pending,
      infeasible,
      overLimit,
      nodes: ray.nodes,
      groups: groups.map(({ groupName, desired, awaited, unavailable, instances }) => ({
        groupName,
        desired,
        awaited,
        unavailable,
        phases: instances.map(({ phase }) => phase),
      })),
      costPerHourUsd,
      lowerBoundPerHourUsd,
    });
  }
}
