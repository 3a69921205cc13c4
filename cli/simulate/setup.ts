import { basename } from "node:path";
import * as z from "zod";
import { parseDecisionRequest } from "../../autoscaler-agent/decide/parseDecisionRequest";
import { type DecisionGroup, decisionGroupSchema, decisionRequestSchema } from "../../contract/decision";
import { InputError, type InputProblem, readInputJson } from "../inputError";

/** What is not said of a group: about what a machine takes that installs Ray when it boots. */
export const defaultBootSeconds = 120;

const setupGroupSchema = z.strictObject({
  ...decisionGroupSchema.shape,
  /** From launch to alive in Ray. @default 120 */
  bootSeconds: z.number().nonnegative().max(86_400).optional(),
  /** The nodes can be taken away, when losses are asked for. @default false */
  spot: z.boolean().optional(),
});

/** What `--policy` holds. `groups` are those of a decision request, with `bootSeconds` and `spot` beside them. */
const setupSchema = z.strictObject({
  groups: z.array(setupGroupSchema).min(1).max(1000),
  limits: decisionRequestSchema.shape.limits.optional(),
  idleTimeoutSeconds: decisionRequestSchema.shape.idleTimeoutSeconds,
});

/** A worker group as it is simulated. */
export interface SimulatedGroup {
  readonly group: DecisionGroup;
  readonly bootSeconds: number;
  readonly spot: boolean;
}

/** The cluster that a trace is replayed on: what may be bought, and within which limits. */
export interface Setup {
  readonly name: string;
  readonly groups: readonly SimulatedGroup[];
  readonly limits: z.infer<typeof decisionRequestSchema>["limits"];
  /** For groups that set none; absent: idle nodes are kept. */
  readonly idleTimeoutSeconds?: number;
  /** One time-out for all groups, and for the compared policies too that have one of their own. */
  readonly sharedIdleTimeoutSeconds?: number;
}

/** The same cluster with one idle time-out for every group and every policy, so that policies differ by what they buy alone. */
export function withSharedIdleTimeout(setup: Setup, seconds: number): Setup {
  const groups = setup.groups.map((one) => ({ ...one, group: { ...one.group, idleTimeoutSeconds: seconds } }));
  return { ...setup, groups, idleTimeoutSeconds: seconds, sharedIdleTimeoutSeconds: seconds };
}

/** Reads a policy file. @throws InputError with every mistake in it */
export function readPolicyFile(file: string): Setup {
  const value = readInputJson("--policy", file);
  const parsed = setupSchema.safeParse(value);
  const groups = parsed.success ? parsed.data.groups.map(({ bootSeconds: _, spot: __, ...group }) => group) : [];
  const problems: InputProblem[] = parsed.success
    ? ruleProblems({ groups, nodes: [], demands: [], gangs: [], requested: [], limits: parsed.data.limits ?? {} })
    : parsed.error.issues.map((issue) => shapeProblem(issue.path, issue.message));
  const [first, ...others] = problems;
  if (first !== undefined) throw new InputError(first, others);
  if (!parsed.success) throw new InputError(shapeProblem([], parsed.error.message));
  const { limits = {}, idleTimeoutSeconds } = parsed.data;
  return {
    name: basename(file),
    groups: parsed.data.groups.map(({ bootSeconds = defaultBootSeconds, spot = false, ...group }) => ({ group, bootSeconds, spot })),
    limits,
    ...(idleTimeoutSeconds === undefined ? {} : { idleTimeoutSeconds }),
  };
}

function ruleProblems(request: unknown): InputProblem[] {
  const checked = parseDecisionRequest(request);
  return checked.ok ? [] : [...checked.problems];
}

function shapeProblem(path: readonly PropertyKey[], text: string): InputProblem {
  const where = path.reduce<string>(
    (before, key) => (typeof key === "number" ? `${before}[${key}]` : `${before}${before === "" ? "" : "."}${String(key)}`),
    "",
  );
  const message = `${where === "" ? "policy" : where}: cannot be used; got what the file says; expected a policy: ${text}. See docs/simulate.md.`;
  return { path: where, message };
}
