import type { KubernetesClusterSpec } from "../../../contract/kubernetes/kubernetesClusterSpec";
import { canonicalCidr } from "../cidr";
import { redisPort } from "../gcsStorage";
import { quoteValue, type SpecPath } from "../specProblem";
import type { RuleProblem } from "../specRule";
import { valueAt } from "../specShape";
import type { KubernetesRule } from "./specAutoscalerRules";

type IngressSpec = NonNullable<KubernetesClusterSpec["ingress"]>;

const howToAsk: Readonly<Record<IngressSpec["controller"], readonly ("basicAuthSecretName" | "externalAuthUrl" | "annotations")[]>> = {
  nginx: ["basicAuthSecretName", "externalAuthUrl"],
  traefik: ["basicAuthSecretName", "externalAuthUrl"],
  other: ["annotations"],
};

function isGiven(value: unknown): boolean {
  return typeof value === "object" && value !== null ? Object.keys(value).length > 0 : value !== undefined;
}

const ingressAsksWho: KubernetesRule = ({ spec: { ingress } }): readonly RuleProblem[] => {
  if (ingress === undefined) return [];
  const path: SpecPath = ["ingress", "authentication"];
  const usable = howToAsk[ingress.controller];
  const expected =
    usable.length === 1 ? `${usable.join("")} with controller: ${ingress.controller}` : `exactly one of ${usable.join(", ")}`;
  const given = (["basicAuthSecretName", "externalAuthUrl", "annotations"] as const).filter((key) =>
    isGiven(ingress.authentication?.[key]),
  );
  if (given.length === 0) {
    const problem = "is missing: whoever reaches the dashboard runs code on the cluster";
    return [{ path, problem, got: "nothing", expected, fix: "Say who may come in, or remove ingress." }];
  }
  return given.length === 1 && given.every((key) => usable.includes(key))
    ? []
    : [{ path, involves: [["ingress", "controller"]], problem: "cannot be used", got: given.join(", "), expected, fix: "Choose that." }];
};

const signInBesideExternal: KubernetesRule = ({ spec: { ingress } }) => {
  const { signInUrl, externalAuthUrl } = ingress?.authentication ?? {};
  return signInUrl === undefined || (externalAuthUrl !== undefined && ingress?.controller === "nginx")
    ? []
    : [
        {
          path: ["ingress", "authentication", "signInUrl"],
          involves: [["ingress", "controller"]],
          problem: "has no effect",
          got: quoteValue(signInUrl),
          expected: "externalAuthUrl and controller: nginx beside it",
          fix: "Remove it.",
        },
      ];
};

const passwordsNotInTheOpen: KubernetesRule = ({ spec: { ingress } }) =>
  ingress?.authentication?.basicAuthSecretName === undefined || ingress.tlsSecretName !== undefined
    ? []
    : [
        {
          path: ["ingress", "tlsSecretName"],
          involves: [["ingress", "authentication"]],
          problem: "is missing, so passwords would go over the wire as they are",
          got: "nothing",
          expected: "a Secret with a certificate beside basicAuthSecretName",
          fix: "Name the Secret.",
        },
      ];

/** nginx hands the password on in the header in which Ray looks for its token, and Ray then refuses everybody. */
const passwordsNotTakenForTokens: KubernetesRule = ({ spec: { ingress, authentication } }) =>
  ingress?.controller !== "nginx" || ingress.authentication?.basicAuthSecretName === undefined || authentication.mode === "none"
    ? []
    : [
        {
          path: ["ingress", "authentication", "basicAuthSecretName"],
          involves: [
            ["ingress", "controller"],
            ["authentication", "mode"],
          ],
          problem: "would be taken for Ray's token, because nginx hands the password on",
          got: "controller: nginx with authentication.mode: token",
          expected: "externalAuthUrl with nginx, or controller: traefik",
          fix: "Ask who it is by externalAuthUrl, such as oauth2-proxy.",
        },
      ];

const pathTakenAway: KubernetesRule = ({ spec: { ingress } }) =>
  ingress?.controller !== "other" || ingress.path === "/"
    ? []
    : [
        {
          path: ["ingress", "path"],
          involves: [["ingress", "controller"]],
          problem: "cannot be taken away before Ray sees it: it is not known how that controller does it",
          got: quoteValue(ingress.path),
          expected: "/ with controller: other",
          fix: "Give the dashboard a host of its own.",
        },
      ];

const controllerLetIn: KubernetesRule = ({ spec: { ingress, networkPolicy } }) =>
  ingress === undefined || !networkPolicy.enabled || ingress.controllerNamespace !== undefined
    ? []
    : [
        {
          path: ["ingress", "controllerNamespace"],
          involves: [["networkPolicy", "enabled"]],
          problem: "is missing, so the network policy would keep the controller out",
          got: "nothing",
          expected: "the namespace that the ingress controller runs in",
          fix: "Name it.",
        },
      ];

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

/** Ray's autoscaler without the API server does nothing, and says so only in its log. */
const autoscalerReachesApiServer: KubernetesRule = ({ spec: { networkPolicy, autoscaler } }) =>
  !networkPolicy.enabled || networkPolicy.egress === "open" || autoscaler !== "kuberay" || networkPolicy.apiServerCidrs.length > 0
    ? []
    : [
        {
          path: ["networkPolicy", "apiServerCidrs"],
          involves: [["autoscaler"], ["networkPolicy", "egress"]],
          problem: "is empty, so Ray's autoscaler could not reach the API server",
          got: "no network",
          expected: "the API server's addresses with egress: restricted and autoscaler: kuberay",
          fix: "Write what kubectl get endpoints kubernetes shows.",
        },
      ];

const headReachesRedis: KubernetesRule = ({ spec: { networkPolicy, gcsFaultTolerance } }) =>
  !networkPolicy.enabled ||
  networkPolicy.egress === "open" ||
  gcsFaultTolerance?.redis === undefined ||
  gcsFaultTolerance.redis.cidr !== undefined
    ? []
    : [
        {
          path: ["gcsFaultTolerance", "redis", "cidr"],
          involves: [["networkPolicy", "egress"]],
          problem: "is missing, so the network policy would keep the head from it",
          got: "nothing",
          expected: "the network of the address with networkPolicy.egress: restricted",
          fix: "Add it.",
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

const oneStore: KubernetesRule = ({ spec: { gcsFaultTolerance: storage } }): readonly RuleProblem[] => {
  if (storage === undefined) return [];
  const { redis, embedded } = storage;
  const both = redis !== undefined && embedded !== undefined;
  const path: SpecPath = ["gcsFaultTolerance"];
  return redis === undefined || both
    ? embedded !== undefined && !both
      ? []
      : [
          {
            path,
            problem: both ? "names two stores" : "names no store",
            got: both ? "redis and embedded" : "neither",
            expected: "exactly one of redis and embedded",
            fix: both ? "Remove one." : "Add one.",
          },
        ]
    : [];
};

const largestPort = 65_535;

const redisPortExists: KubernetesRule = ({ spec: { gcsFaultTolerance } }) => {
  const address = gcsFaultTolerance?.redis?.redisAddress;
  const port = address === undefined ? 1 : redisPort(address);
  return port >= 1 && port <= largestPort
    ? []
    : [
        {
          path: ["gcsFaultTolerance", "redis", "redisAddress"],
          problem: "has a port that does not exist",
          got: quoteValue(address),
          expected: `a port from 1 to ${largestPort}`,
          fix: "Write the port at which the store takes connections, usually 6379.",
        },
      ];
};

const redisUserHasPassword: KubernetesRule = ({ spec: { gcsFaultTolerance } }) => {
  const { redisUsername, redisPasswordSecret } = gcsFaultTolerance?.redis ?? {};
  return redisUsername === undefined || redisPasswordSecret !== undefined
    ? []
    : [
        {
          path: ["gcsFaultTolerance", "redis", "redisUsername"],
          problem: "has no password beside it",
          got: quoteValue(redisUsername),
          expected: "redisPasswordSecret with it, or neither",
          fix: "Name the Secret with the user's password, or remove the user.",
        },
      ];
};

const claimAlone: KubernetesRule = ({ spec: { gcsFaultTolerance } }) => {
  const { claimName, sizeGiB, storageClassName } = gcsFaultTolerance?.embedded ?? {};
  return claimName === undefined || (sizeGiB === undefined && storageClassName === undefined)
    ? []
    : [
        {
          path: ["gcsFaultTolerance", "embedded", "claimName"],
          problem: "names a volume that is there beside what one to be made is like",
          got: quoteValue(claimName),
          expected: "either claimName, or sizeGiB and storageClassName",
          fix: "Remove one of the two.",
        },
      ];
};

/** Rules about who reaches the cluster, what it reaches, and where it keeps its state. */
export const specAccessRules: Readonly<Record<string, KubernetesRule>> = {
  ingressAsksWho,
  signInBesideExternal,
  passwordsNotInTheOpen,
  passwordsNotTakenForTokens,
  pathTakenAway,
  controllerLetIn,
  operatorLetIn,
  peersWhole,
  egressKeysFit,
  autoscalerReachesApiServer,
  headReachesRedis,
  portsInOrder,
  blocksCanonical,
  oneStore,
  redisPortExists,
  redisUserHasPassword,
  claimAlone,
};
