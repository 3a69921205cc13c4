import { authRules } from "./authRules";
import { autoscalerRules } from "./autoscalerRules";
import { cronJobRules } from "./cronJobRules";
import { fieldRules } from "./fieldRules";
import { gcsFaultToleranceRules } from "./gcsFaultToleranceRules";
import { jobDeletionRules } from "./jobDeletionRules";
import { jobRules } from "./jobRules";
import { kueueRules } from "./kueueRules";
import { managedNameRules } from "./managedNameRules";
import type { ManifestRule } from "./manifestRule";
import { nameRules } from "./nameRules";
import { networkPolicyRules } from "./networkPolicyRules";
import { podRules } from "./podRules";
import { schemaRules } from "./schemaRules";
import { serviceRules } from "./serviceRules";
import { silentRules } from "./silentRules";
import { upgradeRules } from "./upgradeRules";
import { workerGroupRules } from "./workerGroupRules";

/** Every rule about KubeRay's objects, in the order in which problems are reported. */
export const manifestRules: readonly ManifestRule[] = [
  ...fieldRules,
  ...schemaRules,
  ...nameRules,
  ...workerGroupRules,
  ...autoscalerRules,
  ...gcsFaultToleranceRules,
  ...managedNameRules,
  ...networkPolicyRules,
  ...authRules,
  ...upgradeRules,
  ...jobRules,
  ...jobDeletionRules,
  ...serviceRules,
  ...cronJobRules,
  ...podRules,
  ...silentRules,
  ...kueueRules,
];
