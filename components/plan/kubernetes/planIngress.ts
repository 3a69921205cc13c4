import type { KubernetesClusterSpec } from "../../../contract/kubernetes/kubernetesClusterSpec";
import { childName } from "../names";
import { headServiceName } from "./headService";
import type { SpecifiedObject } from "./kubernetesObject";
import { objectMetadata } from "./objectMetadata";

type IngressSpec = NonNullable<KubernetesClusterSpec["ingress"]>;

/** An Ingress with one path, to the dashboard. */
export type IngressManifest = SpecifiedObject<{
  readonly ingressClassName?: string;
  readonly tls?: readonly { readonly hosts: readonly string[]; readonly secretName: string }[];
  readonly rules: readonly [
    {
      readonly host: string;
      readonly http: {
        readonly paths: readonly [
          {
            readonly path: string;
            readonly pathType: "Prefix" | "ImplementationSpecific";
            readonly backend: { readonly service: { readonly name: string; readonly port: { readonly number: number } } };
          },
        ];
      };
    },
  ];
}>;

/** A step of traefik before a request reaches the dashboard. */
export type MiddlewareManifest = SpecifiedObject<Readonly<Record<string, unknown>>>;

/** How one controller is told who may come in and what to do with the path. */
interface ControllerWords {
  readonly annotations: Readonly<Record<string, string>>;
  readonly path: string;
  readonly pathType: "Prefix" | "ImplementationSpecific";
  readonly middlewares: readonly MiddlewareManifest[];
}

const atRoot = { path: "/", pathType: "Prefix" } as const;

function nginxWords({ path, authentication = {} }: IngressSpec): ControllerWords {
  const { basicAuthSecretName, externalAuthUrl, signInUrl } = authentication;
  const own = "nginx.ingress.kubernetes.io";
  const basic = { [`${own}/auth-type`]: "basic", [`${own}/auth-secret`]: basicAuthSecretName ?? "", [`${own}/auth-realm`]: "Ray" };
  const external = {
    [`${own}/auth-url`]: externalAuthUrl ?? "",
    ...(signInUrl === undefined ? {} : { [`${own}/auth-signin`]: signInUrl }),
  };
  return {
    annotations: {
      ...(basicAuthSecretName === undefined ? external : basic),
      ...(path === "/" ? {} : { [`${own}/rewrite-target`]: "/$2", [`${own}/use-regex`]: "true" }),
    },
    ...(path === "/" ? atRoot : { path: `${path}(/|$)(.*)`, pathType: "ImplementationSpecific" }),
    middlewares: [],
  };
}

function traefikWords({ path, authentication = {} }: IngressSpec, spec: KubernetesClusterSpec): ControllerWords {
  const { basicAuthSecretName, externalAuthUrl } = authentication;
  const middleware = (role: string, of: Readonly<Record<string, unknown>>): MiddlewareManifest => ({
    apiVersion: "traefik.io/v1alpha1",
    kind: "Middleware",
    metadata: objectMetadata(spec, childName(spec.name, role)),
    spec: of,
  });
  // Traefik would hand the caller's password on to Ray, which takes that header for a token.
  const basic = { basicAuth: { secret: basicAuthSecretName, removeHeader: true } };
  const who = basicAuthSecretName === undefined ? { forwardAuth: { address: externalAuthUrl } } : basic;
  const middlewares = [
    middleware("authentication", who),
    ...(path === "/" ? [] : [middleware("path", { stripPrefix: { prefixes: [path] } })]),
  ];
  const names = middlewares.map(({ metadata: { name } }) => `${spec.namespace}-${name}@kubernetescrd`);
  return { annotations: { "traefik.ingress.kubernetes.io/router.middlewares": names.join(",") }, path, pathType: "Prefix", middlewares };
}

const controllers: Readonly<Record<IngressSpec["controller"], (ingress: IngressSpec, spec: KubernetesClusterSpec) => ControllerWords>> = {
  nginx: nginxWords,
  traefik: traefikWords,
  other: ({ path, authentication }) => ({ annotations: authentication?.annotations ?? {}, path, pathType: "Prefix", middlewares: [] }),
};

/** The way to the dashboard, with what asks who it is in front; nothing where the user wants none. */
export function planIngress(spec: KubernetesClusterSpec): readonly (MiddlewareManifest | IngressManifest)[] {
  const { ingress } = spec;
  if (ingress === undefined) return [];
  const { annotations, path, pathType, middlewares } = controllers[ingress.controller](ingress, spec);
  const className = ingress.className ?? (ingress.controller === "other" ? undefined : ingress.controller);
  const { host, tlsSecretName } = ingress;
  const service = { name: headServiceName(spec.name), port: { number: 8265 } };
  return [
    ...middlewares,
    {
      apiVersion: "networking.k8s.io/v1",
      kind: "Ingress",
      metadata: objectMetadata(spec, childName(spec.name, "dashboard"), { annotations }),
      spec: {
        ...(className === undefined ? {} : { ingressClassName: className }),
        ...(tlsSecretName === undefined ? {} : { tls: [{ hosts: [host], secretName: tlsSecretName }] }),
        rules: [{ host, http: { paths: [{ path, pathType, backend: { service } }] } }],
      },
    },
  ];
}
