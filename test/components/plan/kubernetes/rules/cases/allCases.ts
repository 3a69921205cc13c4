import { clusterCases } from "./clusterCases";
import { jobCases } from "./jobCases";
import { podCases } from "./podCases";
import type { RuleCases } from "./ruleCase";

/** Cases of all rules. */
export const allCases: RuleCases = { ...clusterCases, ...podCases, ...jobCases };
