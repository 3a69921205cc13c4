import { canonicalCidr } from "../cidr";
import { quoteValue, type SpecPath } from "../specProblem";
import { valueAt } from "../specShape";
import type { KubernetesRule } from "./kubernetesRule";

const operatorLetIn: KubernetesRule = ({ spec: { operator, networkPolicy } }) =>
  operator.install || operator.namespace !== undefined || !networkPolicy.enabled
    ? []
    : [
        {
          path: ["operator", "namespace"],
          involves: [
            ["operator", "install"],
            ["networkPolicy", "enabled"],
          ],
          problem: "is missing, so the network policy would keep an operator of another namespace out",
          got: "nothing",
          expected: "the namespace of the operator that is there",
          fix: "Name it.",
        },
      ];

const peersWhole: KubernetesRule = ({ spec: { networkPolicy } }) =>
  (["users", "scrapers"] as const).flatMap((list) =>
    networkPolicy[list].flatMap(({ namespace, podLabels, cidr }, index) => {
      const pods = namespace !== undefined || podLabels !== undefined;
      return pods !== (cidr !== undefined)
        ? []
        : [
            {
              path: ["networkPolicy", list, index],
              problem: pods ? "means pods and a network at once" : "means nobody",
              got: pods ? "both" : "none of them",
              expected: "either cidr, or namespace and podLabels",
              fix: "Write one of the two.",
            },
          ];
    }),
  );

const keysOfRestricted: readonly string[] = ["dnsNamespace", "apiServerCidrs", "apiServerPort", "egressRules"];

const egressKeysFit: KubernetesRule = ({ spec: { networkPolicy }, written }) =>
  networkPolicy.egress === "restricted" && networkPolicy.enabled
    ? []
    : keysOfRestricted
        .map((key) => ({ key, value: valueAt(written, ["networkPolicy", key]) }))
        .filter(({ value }) => value !== undefined && !(Array.isArray(value) && value.length === 0))
        .map(({ key, value }) => ({
          path: ["networkPolicy", key],
          involves: [
            ["networkPolicy", "egress"],
            ["networkPolicy", "enabled"],
          ],
          problem: "has no effect: what pods may reach is not restricted",
          got: quoteValue(value),
          expected: "networkPolicy.egress: restricted beside it",
          fix: "Remove it or restrict egress.",
        }));

/** An autoscaler without the API server does nothing, and says so only in its log. */
const autoscalerReachesApiServer: KubernetesRule = ({ spec: { networkPolicy, autoscaler } }) =>
  !networkPolicy.enabled || networkPolicy.egress === "open" || autoscaler === "none" || networkPolicy.apiServerCidrs.length > 0
    ? []
    : [
        {
          path: ["networkPolicy", "apiServerCidrs"],
          involves: [["autoscaler"], ["networkPolicy", "egress"]],
          problem: `is empty, so ${autoscaler === "kuberay" ? "Ray's autoscaler" : "the agent"} could not reach the API server`,
          got: "no network",
          expected: `the API server's addresses with egress: restricted and autoscaler: ${autoscaler}`,
          fix: "Write what kubectl get endpoints kubernetes shows.",
        },
      ];

const portsInOrder: KubernetesRule = ({ spec: { networkPolicy } }) =>
  networkPolicy.egressRules.flatMap(({ fromPort, toPort }, index) =>
    toPort === undefined || fromPort <= toPort
      ? []
      : [
          {
            path: ["networkPolicy", "egressRules", index, "toPort"],
            problem: "is below fromPort",
            got: `${toPort} < ${fromPort}`,
            expected: "toPort ≥ fromPort",
            fix: "Swap them.",
          },
        ],
  );

const blocksCanonical: KubernetesRule = ({ spec: { networkPolicy, gcsFaultTolerance } }) => {
  const redis = gcsFaultTolerance?.redis?.cidr;
  const blocks: readonly { readonly block: string | undefined; readonly path: SpecPath }[] = [
    ...networkPolicy.users.map(({ cidr }, index) => ({ block: cidr, path: ["networkPolicy", "users", index, "cidr"] })),
    ...networkPolicy.scrapers.map(({ cidr }, index) => ({ block: cidr, path: ["networkPolicy", "scrapers", index, "cidr"] })),
    ...networkPolicy.apiServerCidrs.map((block, index) => ({ block, path: ["networkPolicy", "apiServerCidrs", index] })),
    ...networkPolicy.egressRules.map(({ cidr }, index) => ({ block: cidr, path: ["networkPolicy", "egressRules", index, "cidr"] })),
    { block: redis, path: ["gcsFaultTolerance", "redis", "cidr"] },
  ];
  return blocks.flatMap(({ block, path }) => {
    const right = block === undefined ? undefined : canonicalCidr(block);
    return block === undefined || right === block
      ? []
      : [
          {
            path,
            problem: "does not begin at the block's first address",
            got: quoteValue(block),
            expected: right ?? "such a block",
            fix: `Write ${right ?? "such a block"}.`,
          },
        ];
  });
};

/** Rules about who reaches the pods, and what these reach. */
export const specNetworkRules: Readonly<Record<string, KubernetesRule>> = {
  operatorLetIn,
  peersWhole,
  egressKeysFit,
  autoscalerReachesApiServer,
  portsInOrder,
  blocksCanonical,
};
