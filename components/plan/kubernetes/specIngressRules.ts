import type { KubernetesClusterSpec } from "../../../contract/kubernetes/kubernetesClusterSpec";
import { quoteValue, type SpecPath } from "../specProblem";
import type { RuleProblem } from "../specRule";
import type { KubernetesRule } from "./kubernetesRule";

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

/** Rules about the way to the dashboard from outside. */
export const specIngressRules: Readonly<Record<string, KubernetesRule>> = {
  ingressAsksWho,
  signInBesideExternal,
  passwordsNotInTheOpen,
  passwordsNotTakenForTokens,
  pathTakenAway,
  controllerLetIn,
};
