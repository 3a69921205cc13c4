import { join } from "node:path";
import { cloudMissing } from "../emulator/cloud/emulatedCloud";
import { addKind, type ControlPlane } from "./controlPlane";
import { StandInKubelet } from "./standInKubelet/standInKubelet";
import { StandInKubeRay } from "./standInKubeRay/standInKubeRay";
import { nodeStages, startWholeCluster, wholeClusterMissing } from "./wholeCluster";

/** Why real Ray cannot be the pods here; undefined when it can. */
export const rayStackMissing: string | undefined =
  wholeClusterMissing ?? cloudMissing ?? (process.getuid?.() === 0 ? undefined : "the pods' network can be made by root only");

/** A whole Kubernetes cluster with stand-ins for KubeRay's operator and the kubelets, and real Ray as the pods. */
export interface RayStack {
  readonly plane: ControlPlane;
  readonly operator: StandInKubeRay;
  readonly kubelet: StandInKubelet;
  /** @throws Error when the stand-ins had trouble of their own */
  stop(): Promise<void>;
}

/** Starts all of it but Ray, which comes with the first pod. */
export async function startRayStack(): Promise<RayStack> {
  const plane = await startWholeCluster({ stages: [nodeStages] });
  for (const kind of ["rayClusters", "rayJobs"]) await addKind(plane.api, join(__dirname, "crds", `${kind}.yaml`));
  const kubelet = await StandInKubelet.start(plane.api);
  const operator = new StandInKubeRay(plane.api, { dashboards: kubelet });
  const stop = async () => {
    await operator.stop();
    await kubelet.stop();
    await plane.stop();
    const problems = [...operator.problems, ...kubelet.problems];
    if (problems.length > 0) throw new Error(`the stand-ins had trouble:\n${problems.join("\n")}`);
  };
  return { plane, operator, kubelet, stop };
}
