import { rayKinds } from "../../../../contract/kuberay/kubeRayFields";
import { type ManifestRule, problemAt } from "./manifestRule";

const originLabel = "ray.io/originated-from-crd";

/** What the operator asks of a cluster's own upgrades. */
export const upgradeRules: readonly ManifestRule[] = [
  {
    id: "upgrade-strategy-owner",
    kinds: rayKinds,
    caughtBy: "operator",
    since: "1.6.0",
    text: "upgradeStrategy is for a RayCluster that no RayJob, RayService or RayCronJob has made.",
    check: ({ kind, metadata, cluster }) => {
      const type = cluster?.spec.at("upgradeStrategy", "type");
      const origin = metadata.get("labels").get(originLabel).text;
      const isOwned = kind !== "RayCluster" || ["RayJob", "RayService"].includes(origin);
      const verdict = { problem: "is not for a cluster that others make and end", expected: "nothing here", fix: "Remove it." };
      return type?.isSet === true && isOwned ? [problemAt(type, verdict)] : [];
    },
  },
];
