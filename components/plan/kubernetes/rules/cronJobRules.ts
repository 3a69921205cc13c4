import { isTimeZone } from "../../../../contract/cronExpression";
import { isCronSchedule } from "./cronSchedule";
import { needsGate } from "./gates";
import { type ManifestRule, problemAt } from "./manifestRule";

/** True for a name that the operator finds: unlike here, capital and small letters count there. */
function isOperatorZone(name: string): boolean {
  const alike = Intl.supportedValuesOf("timeZone").find((zone) => zone.toLowerCase() === name.toLowerCase());
  const isWritten = alike === undefined ? name.split("/").every((part) => /^[A-Z]/.test(part)) : alike === name;
  return name === "Local" || (isWritten && isTimeZone(name));
}

/** What the operator asks of jobs that recur. */
export const cronJobRules: readonly ManifestRule[] = [
  {
    id: "cron-job-gate",
    kinds: ["RayCronJob"],
    caughtBy: "nobody",
    since: "1.6.0",
    text: "A RayCronJob needs the gate RayCronJob, which is off: without it nobody looks at the object.",
    check: ({ spec }, context) => needsGate(spec, "RayCronJob", context),
  },
  {
    id: "cron-schedule-zone",
    kinds: ["RayCronJob"],
    caughtBy: "operator",
    since: "1.7.0",
    text: "A schedule names no time zone (`TZ=`, `CRON_TZ=`); timeZone does.",
    check: ({ spec }) => {
      const verdict = { problem: "names a time zone", expected: "timeZone beside it", fix: "Move it there." };
      return spec.get("schedule").text.includes("TZ") ? [problemAt(spec.get("schedule"), verdict)] : [];
    },
  },
  {
    id: "cron-schedule-form",
    kinds: ["RayCronJob"],
    caughtBy: "operator",
    since: "1.6.0",
    text: "A schedule has five fields, or is `@daily` and the like; Sunday is 0, not 7.",
    check: ({ spec }) => {
      const schedule = spec.get("schedule");
      const verdict = {
        problem: "is no schedule that the operator reads",
        expected: "five fields of cron; Sunday is 0",
        fix: "Correct it.",
      };
      return schedule.isSet && !schedule.text.includes("TZ") && !isCronSchedule(schedule.text) ? [problemAt(schedule, verdict)] : [];
    },
  },
  {
    id: "cron-time-zone",
    kinds: ["RayCronJob"],
    caughtBy: "operator",
    since: "1.7.0",
    text: "timeZone is the IANA name of a time zone, in its own capital and small letters, or is not written.",
    check: ({ spec }) => {
      const zone = spec.get("timeZone");
      const verdict = { problem: "is no time zone", expected: "an IANA name such as Europe/Berlin", fix: "Correct it." };
      return zone.isSet && !isOperatorZone(zone.text) ? [problemAt(zone, verdict)] : [];
    },
  },
];
