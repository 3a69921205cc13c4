import { isTimeZone, parseCronExpression } from "../../contract/cronExpression";
import type { ScheduleSpec } from "../../contract/sizingSpec";
import { nearestKey } from "./nearestKey";
import type { SpecDraft } from "./specDraft";
import { quoteValue, type SpecPath } from "./specProblem";
import type { RuleOf } from "./specRule";

/** What a group says to a schedule. */
interface ScheduledGroup {
  readonly groupName: string;
  readonly maxReplicas: number;
}

/** The keys of a specification that these rules look at. */
export interface ScheduledSpec {
  readonly schedules: readonly ScheduleSpec[];
  readonly workerGroups: readonly ScheduledGroup[];
  readonly maxReplicas?: number | undefined;
  readonly agent: { readonly tickSeconds: number };
}

type ScheduleRule = RuleOf<ScheduledSpec>;

/** A schedule of a draft, where it stands, and its group; undefined when there is none of that name. */
interface PlacedSchedule {
  readonly schedule: ScheduleSpec;
  readonly path: SpecPath;
  readonly group: ScheduledGroup | undefined;
}

function placedSchedules({ spec }: SpecDraft<ScheduledSpec>): readonly PlacedSchedule[] {
  return spec.schedules.map((schedule, index) => ({
    schedule,
    path: ["schedules", index],
    group: spec.workerGroups.find(({ groupName }) => groupName === schedule.groupName),
  }));
}

const cronReadable: ScheduleRule = (draft) =>
  placedSchedules(draft).flatMap(({ schedule, path }) => {
    const reading = parseCronExpression(schedule.cron);
    return "cron" in reading
      ? []
      : [
          {
            path: [...path, "cron"],
            problem: `is ${reading.problem}`,
            got: quoteValue(schedule.cron),
            expected: "minute, hour, day of month, month and day of week, such as 0 8 * * mon-fri",
            fix: "Write it in that form.",
          },
        ];
  });

const timeZoneKnown: ScheduleRule = (draft) =>
  placedSchedules(draft)
    .filter(({ schedule }) => !isTimeZone(schedule.timeZone))
    .map(({ schedule, path }) => {
      const nearest = nearestKey(schedule.timeZone, Intl.supportedValuesOf("timeZone"));
      return {
        path: [...path, "timeZone"],
        problem: "is not a known time zone",
        got: quoteValue(schedule.timeZone),
        expected: nearest ?? "an IANA name such as Europe/Berlin, or UTC",
        fix: nearest === undefined ? "Write such a name." : `Write ${nearest}.`,
      };
    });

const scheduledGroupKnown: ScheduleRule = (draft) =>
  placedSchedules(draft)
    .filter(({ group }) => group === undefined)
    .map(({ schedule, path }) => {
      const names = draft.spec.workerGroups.map(({ groupName }) => groupName);
      const nearest = nearestKey(schedule.groupName, names);
      return {
        path: [...path, "groupName"],
        involves: [["workerGroups"]],
        problem: "is not the name of a worker group",
        got: quoteValue(schedule.groupName),
        expected: nearest ?? `one of ${names.join(", ")}`,
        fix: nearest === undefined ? "Name one of the worker groups." : `Write ${nearest}.`,
      };
    });

const scheduleSetsSomething: ScheduleRule = (draft) =>
  placedSchedules(draft)
    .filter(({ schedule: { minReplicas, maxReplicas, idleTimeoutSeconds } }) =>
      [minReplicas, maxReplicas, idleTimeoutSeconds].every((value) => value === undefined),
    )
    .map(({ path }) => ({
      path,
      problem: "changes nothing",
      got: "none of them",
      expected: "minReplicas, maxReplicas or idleTimeoutSeconds",
      fix: "Add one of them or remove the schedule.",
    }));

const scheduledMinimumUnderMaximum: ScheduleRule = (draft) =>
  placedSchedules(draft).flatMap(({ schedule: { minReplicas, maxReplicas }, path }) =>
    minReplicas === undefined || maxReplicas === undefined || minReplicas <= maxReplicas
      ? []
      : [
          {
            path: [...path, "maxReplicas"],
            problem: "is below minReplicas",
            got: `${maxReplicas} < ${minReplicas}`,
            expected: "maxReplicas ≥ minReplicas",
            fix: "Raise maxReplicas or lower minReplicas.",
          },
        ],
  );

/** The cloud's own group is made for the group's maximum, and would refuse more. */
const scheduledUnderGroupMaximum: ScheduleRule = (draft) =>
  placedSchedules(draft).flatMap(({ schedule, path, group }) =>
    (["minReplicas", "maxReplicas"] as const).flatMap((key) => {
      const value = schedule[key];
      return group === undefined || value === undefined || value <= group.maxReplicas
        ? []
        : [
            {
              path: [...path, key],
              involves: [["workerGroups"]],
              problem: "is above the maxReplicas of its worker group",
              got: `${value} > ${group.maxReplicas}`,
              expected: `${group.maxReplicas} or less`,
              fix: "Lower it or raise the group's maxReplicas.",
            },
          ];
    }),
  );

const scheduledUnderClusterMaximum: ScheduleRule = (draft) =>
  placedSchedules(draft).flatMap(({ schedule: { minReplicas = 0 }, path }) => {
    const { maxReplicas } = draft.spec;
    return maxReplicas === undefined || minReplicas <= maxReplicas
      ? []
      : [
          {
            path: [...path, "minReplicas"],
            involves: [["maxReplicas"]],
            problem: "is above the cluster's maxReplicas",
            got: `${minReplicas} > ${maxReplicas}`,
            expected: `${maxReplicas} or less`,
            fix: "Lower it or raise the cluster's maxReplicas.",
          },
        ];
  });

/** The agent wants two looks, both of them showing a node idle, before it ends one. */
const looksBeforeIdle = 2;

const scheduledTimeoutOverTicks: ScheduleRule = (draft) => {
  const { tickSeconds } = draft.spec.agent;
  const least = looksBeforeIdle * tickSeconds;
  return placedSchedules(draft)
    .filter(({ schedule }) => (schedule.idleTimeoutSeconds ?? least) < least)
    .map(({ schedule, path }) => ({
      path: [...path, "idleTimeoutSeconds"],
      involves: [["agent", "tickSeconds"]],
      problem: "is shorter than the agent needs to see a node idle twice",
      got: String(schedule.idleTimeoutSeconds),
      expected: `${least} or more with agent.tickSeconds ${tickSeconds}`,
      fix: "Raise it or lower agent.tickSeconds.",
    }));
};

/** Rules about schedules. Several that set the same value of a group are no mistake: the one whose time came last holds. */
export const scheduleRules: Readonly<Record<string, ScheduleRule>> = {
  cronReadable,
  timeZoneKnown,
  scheduledGroupKnown,
  scheduleSetsSomething,
  scheduledMinimumUnderMaximum,
  scheduledUnderGroupMaximum,
  scheduledUnderClusterMaximum,
  scheduledTimeoutOverTicks,
};
