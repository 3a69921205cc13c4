import { type ClusterSpec, clusterSpecJsonSchema, clusterSpecSchema, workerGroupSpecSchema } from "../../contract/clusterSpec";
import { agentConfigRoomProblem } from "./agentConfigFile";
import { type ParsedSpec, parseSpec, type SpecContext, type SpecForm } from "./parseSpec";
import type { SpecKey } from "./specKeys";
import { specRules } from "./specRules";
import { raysWords } from "./specShape";

/** What a stack file with `platform: aws` may hold. */
export const clusterSpecForm: SpecForm<Omit<ClusterSpec, "name"> & { readonly name?: string | undefined }, ClusterSpec> = {
  schema: clusterSpecSchema,
  draftSchema: clusterSpecSchema.extend({
    platform: clusterSpecSchema.shape.platform.default("aws"),
    workerGroups: workerGroupSpecSchema.array().default([]),
  }),
  nameSchema: clusterSpecSchema.shape.name,
  root: clusterSpecJsonSchema() as SpecKey,
  otherWords: raysWords,
  rules: specRules,
  named: (draft, stackName) => ({ ...draft, name: draft.name ?? stackName }),
  planProblems: (spec) => {
    const problem = agentConfigRoomProblem(spec);
    return problem === undefined ? [] : [problem];
  },
};

/** The specification with every default filled in, or everything that is wrong with it. */
export type ParsedClusterSpec = ParsedSpec<ClusterSpec>;

/** Checks what stands under `rayfleet:cluster` with `platform: aws`, and fills in the defaults. @see parseSpec */
export function parseClusterSpec(value: unknown, context: SpecContext): ParsedClusterSpec {
  return parseSpec(clusterSpecForm, value, context);
}
