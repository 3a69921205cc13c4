import { egressRules } from "./egressRules";
import { gcsStorageRules } from "./gcsStorageRules";
import { groupRules } from "./groupRules";
import { machineRules } from "./machineRules";
import { networkRules } from "./networkRules";
import { ownedKeyRules } from "./ownedKeyRules";
import { quotaRules } from "./quotaRules";
import { scheduleRules } from "./scheduleRules";
import type { SpecRule } from "./specRule";

/** Every rule that the schema cannot say, by name, in the order in which problems are reported. */
export const specRules: Readonly<Record<string, SpecRule>> = {
  ...groupRules,
  ...machineRules,
  ...networkRules,
  ...egressRules,
  ...scheduleRules,
  ...quotaRules,
  ...gcsStorageRules,
  ...ownedKeyRules,
};
