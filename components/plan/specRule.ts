import type { ClusterSpec, WorkerGroupSpec } from "../../contract/clusterSpec";
import { type MachineType, machineType } from "./machineTypes";
import type { SpecDraft } from "./specDraft";
import type { SpecPath, SpecProblem } from "./specProblem";
import { groupInstanceTypes } from "./workerGroups";

/** A problem found by a rule, in the draft's own positions. */
export interface RuleProblem extends Omit<SpecProblem, "path"> {
  readonly path: SpecPath;
  /** Other keys that the rule looked at; where one of them has a problem of its own, this one is not reported. */
  readonly involves?: readonly SpecPath[];
}

/** One rule about several keys, or about what a key means, for every specification that has these keys. */
export type RuleOf<Draft> = (draft: SpecDraft<Draft>) => readonly RuleProblem[];

/** A specification for AWS that may have problems. */
export type ClusterDraft = SpecDraft<Omit<ClusterSpec, "name">>;

/** A rule about a specification for AWS. */
export type SpecRule = RuleOf<Omit<ClusterSpec, "name">>;

/** A worker group of a draft and where it stands. */
interface PlacedGroup<Group> {
  readonly group: Group;
  readonly path: SpecPath;
}

/** The draft's worker groups with their paths. */
export function placedGroups<Group>({ spec }: SpecDraft<{ readonly workerGroups: readonly Group[] }>): readonly PlacedGroup<Group>[] {
  return spec.workerGroups.map((group, index) => ({ group, path: ["workerGroups", index] }));
}

/** The group's machine types, or undefined when one of them is not known: then nothing can be said of its nodes. */
export function knownTypes(group: WorkerGroupSpec): readonly MachineType[] | undefined {
  const names = groupInstanceTypes(group);
  const types = names.flatMap((name) => machineType(name) ?? []);
  return names.length > 0 && types.length === names.length ? types : undefined;
}
