import { needsGate } from "./gates";
import { isDns1123Label } from "./kubernetesNames";
import type { ManifestNode } from "./manifestNode";
import { type ClusterRule, forClusters, type ManifestRule, problemAt, problemsAt } from "./manifestRule";
import type { ClusterParts } from "./rayManifest";

const dnsPort = 53;

function policyOf({ spec }: ClusterParts): ManifestNode {
  return spec.get("networkPolicy");
}

function modeOf(cluster: ClusterParts): string {
  return policyOf(cluster).get("mode").text || "DenyAll";
}

function ruleSets(policy: ManifestNode): readonly ManifestNode[] {
  return [policy.get("head"), policy.get("worker"), ...policy.get("workerGroups").items];
}

/** The rules that hold for each group of pods: a group's own take the place of those for all workers. */
function egressOf(cluster: ClusterParts): readonly { readonly who: string; readonly rules: ManifestNode }[] {
  const policy = policyOf(cluster);
  const own = policy.get("workerGroups").items;
  const workers = cluster.groups.map(({ spec }) => {
    const name = spec.get("groupName").text;
    const rules = own.find((one) => one.get("groupName").text === name) ?? policy.get("worker");
    return { who: `group ${JSON.stringify(name)}`, rules: rules.get("egressRules") };
  });
  return [{ who: "the head", rules: policy.at("head", "egressRules") }, ...workers];
}

/** True when the rule lets traffic to the port out; a rule without ports lets out all, and a port with a name may be any. */
function letsOut(rule: ManifestNode, isWanted: (port: number) => boolean): boolean {
  const ports = rule.get("ports").items;
  return (
    ports.length === 0 ||
    ports.some((entry) => {
      const { number } = entry.get("port");
      const last = entry.get("endPort").number;
      return number === undefined || isWanted(number) || (last !== undefined && last > number);
    })
  );
}

const rules: readonly ClusterRule[] = [
  {
    id: "network-policy-gate",
    caughtBy: "operator",
    since: "1.7.0",
    text: "networkPolicy needs the gate RayClusterNetworkPolicy.",
    check: (cluster, context) => needsGate(policyOf(cluster), "RayClusterNetworkPolicy", context),
  },
  {
    id: "network-policy-mode",
    caughtBy: "operator",
    since: "1.7.0",
    text: "Ingress rules need a mode that denies ingress, egress rules one that denies egress.",
    check: (cluster) => {
      const idle = { DenyAllEgress: "ingressRules", DenyAllIngress: "egressRules" }[modeOf(cluster)];
      const written = idle === undefined ? [] : ruleSets(policyOf(cluster)).map((set) => set.get(idle));
      return problemsAt(
        written.filter(({ items }) => items.length > 0),
        {
          problem: `has nothing to do in mode ${modeOf(cluster)}`,
          expected: "no such rules in this mode",
          fix: "Remove them or choose DenyAll.",
        },
      );
    },
  },
  {
    id: "network-policy-group-name",
    caughtBy: "operator",
    since: "1.7.0",
    text: "With networkPolicy each group's name is made of small letters, digits and dashes, at most 63.",
    check: (cluster) =>
      policyOf(cluster).isSet
        ? problemsAt(
            cluster.groups.map(({ spec }) => spec.get("groupName")).filter(({ text }) => !isDns1123Label(text)),
            {
              problem: "cannot stand in the name of a network policy",
              expected: "at most 63 small letters, digits and dashes",
              fix: "Rename the group.",
            },
          )
        : [],
  },
  {
    id: "network-policy-group-unknown",
    caughtBy: "operator",
    since: "1.7.0",
    text: "networkPolicy.workerGroups names groups that are there.",
    check: (cluster) => {
      const known = new Set(cluster.groups.map(({ spec }) => spec.get("groupName").text));
      const named = policyOf(cluster)
        .get("workerGroups")
        .items.map((set) => set.get("groupName"));
      const verdict = { problem: "is no worker group", expected: "the groupName of one of workerGroupSpecs", fix: "Correct or remove it." };
      return problemsAt(
        named.filter(({ text }) => !known.has(text)),
        verdict,
      );
    },
  },
  {
    id: "network-policy-without-dns",
    caughtBy: "nobody",
    text: "Where egress is denied, head and groups may reach DNS (port 53): workers find the head by name, and the operator allows no DNS.",
    check: (cluster) => {
      const shut = egressOf(cluster).filter(({ rules: { items } }) => !items.some((rule) => letsOut(rule, (port) => port === dnsPort)));
      const deniesEgress = policyOf(cluster).isSet && modeOf(cluster) !== "DenyAllIngress";
      return deniesEgress
        ? shut.map(({ who, rules: at }) =>
            problemAt(at, {
              problem: `lets ${who} reach no DNS, so that the cluster never starts`,
              expected: "a rule for port 53, UDP and TCP",
              fix: "Add it.",
            }),
          )
        : [];
    },
  },
  {
    id: "network-policy-without-api-server",
    caughtBy: "nobody",
    text: "Where egress is denied and autoscaling is on, the head may reach the API server: the operator allows it not.",
    check: (cluster) => {
      const { rules: at } = egressOf(cluster)[0] ?? { rules: policyOf(cluster) };
      const isOpen = at.items.some((rule) => letsOut(rule, (port) => port !== dnsPort));
      const deniesEgress = policyOf(cluster).isSet && modeOf(cluster) !== "DenyAllIngress";
      const verdict = {
        problem: "lets the autoscaler reach no API server, so that nothing is scaled",
        expected: "a rule for the API server's address and port",
        fix: "Add it; which address counts depends on the cluster's network.",
      };
      return deniesEgress && cluster.autoscaling && !isOpen ? [problemAt(at, verdict)] : [];
    },
  },
];

/** What the operator asks of network policies, and what it forgets. */
export const networkPolicyRules: readonly ManifestRule[] = forClusters(rules);
