import type { ClusterSpec } from "../../contract/clusterSpec";
import { nodePorts } from "../../contract/ports";

/** How a person reaches the dashboard: by a Systems Manager session, and directly from the networks that the stack file names. */
export function dashboardInstructions(
  spec: ClusterSpec,
  head: { readonly instanceId: string; readonly address: string; readonly region: string },
): string {
  const port = nodePorts.dashboard;
  const session =
    `aws ssm start-session --region ${head.region} --target ${head.instanceId} ` +
    `--document-name AWS-StartPortForwardingSession --parameters portNumber=${port},localPortNumber=${port}`;
  const lines = [`Run: ${session}`, `Then open http://localhost:${port}`];
  if (spec.access.users.length > 0) {
    lines.push(`From ${spec.access.users.join(", ")}: http://${head.address}:${port}`);
  }
  return lines.join("\n");
}
