import { autoscalingDashboard } from "./autoscalingDashboard";
import { clusterDashboard } from "./clusterDashboard";
import { type GrafanaDashboard, grafanaDashboard } from "./dashboard";
import { gpuDashboard } from "./gpuDashboard";

/** Every dashboard, by the name of its file. */
export function dashboardFiles(): Readonly<Record<string, GrafanaDashboard>> {
  const plans = [clusterDashboard, autoscalingDashboard, gpuDashboard];
  return Object.fromEntries(plans.map((plan) => [`${plan.uid}.json`, grafanaDashboard(plan)]));
}
