import { DescribeAutoScalingGroupsCommand } from "@aws-sdk/client-auto-scaling";
import type { LocalCluster } from "../localCluster";
import type { LocalStack } from "../localStack";
import { describeAccess } from "./access";
import { Progress } from "./progress";
import { findRunningCluster, NOTHING_RUNS } from "./runningCluster";

/** `make status`: groups, machines, `ray status` and where to look. Exit code 1 when nothing runs. */
export async function runStatus(local: LocalStack): Promise<number> {
  const progress = new Progress();
  const cluster = await findRunningCluster(local);
  if (cluster === undefined) {
    progress.print(NOTHING_RUNS);
    return 1;
  }
  const stage = await cluster.bootStage(cluster.outputs.headInstanceId);
  progress.print(
    `cluster ${cluster.outputs.clusterName}: head ${cluster.outputs.headInstanceId} at ${cluster.outputs.headPrivateAddress}, ${stage ?? "starting"}`,
  );
  for (const line of await describeGroups(cluster)) progress.print(line);
  const dashboard = await cluster.dashboard();
  if (dashboard !== undefined && (await dashboard.isReady())) progress.print(`\n${(await dashboard.statusText()).trim()}\n`);
  for (const line of describeAccess(cluster)) progress.print(line);
  return 0;
}

async function describeGroups(cluster: LocalCluster): Promise<string[]> {
  const reply = await cluster.aws.autoScaling.send(
    new DescribeAutoScalingGroupsCommand({ Filters: [{ Name: "tag:rayfleet:cluster", Values: [cluster.outputs.clusterName] }] }),
  );
  return (reply.AutoScalingGroups ?? []).map((group) => {
    const name = group.Tags?.find((tag) => tag.Key === "rayfleet:group")?.Value ?? group.AutoScalingGroupName ?? "";
    const instances = group.Instances?.map((instance) => instance.InstanceId).join(" ") ?? "";
    return `  worker group ${name.padEnd(10)} desired ${group.DesiredCapacity} of at most ${group.MaxSize}   ${instances}`;
  });
}
