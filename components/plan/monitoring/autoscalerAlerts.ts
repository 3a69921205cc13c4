import { type AlertRule, perCluster } from "./alertRule";

/** What Ray's autoscaler and the agent say in the same words. */
export const autoscalerAlerts: readonly AlertRule[] = [
  {
    alert: "RayNodesNeverJoined",
    source: "autoscaler",
    severity: "warning",
    forMinutes: 20,
    expression: (series) => {
      const pending = perCluster(series("autoscaler_pending_nodes"), "NodeType");
      const joined = perCluster(`delta(${series("autoscaler_active_nodes")}[20m])`, "NodeType");
      return `${pending} > 0 unless ${joined} > 0`;
    },
    summary: "{{ $value }} nodes of {{ $labels.NodeType }} were asked for, and none has joined for 20 minutes.",
    description: "They are not launched, do not boot, or do not reach the head: capacity, image, start-up, firewall, token.",
  },
];
