import * as z from "zod";
import { cidr, formed } from "../formedText";
import { annotations, dnsLabel, labels, objectName } from "./podSpec";

const port = z.int().min(1).max(65_535);

const peerSchema = z.strictObject({
  namespace: dnsLabel.optional().describe("Pods of this namespace. By default the cluster's own, where `podLabels` are given."),
  podLabels: labels.optional().describe("Only pods with these labels."),
  cidr: cidr.optional().describe("A network, instead of pods."),
});

const egressRuleSchema = z.strictObject({
  cidr: cidr.describe("The network to reach; an address alone with /32."),
  fromPort: port.describe("First port."),
  toPort: port.optional().describe("Last port. By default the first."),
  protocol: z.enum(["TCP", "UDP"]).default("TCP").describe("Protocol."),
});

/** Who may reach the cluster's pods, and what these may reach. */
export const networkPolicySpecSchema = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe(
      "Make NetworkPolicies, which let the cluster's pods talk to each other and nobody else in. The network plugin must act on them.",
    ),
  users: z
    .array(peerSchema)
    .max(50)
    .default([])
    .describe(
      "Who may reach the dashboard and job API (8265), Ray client (10001) and Serve (8000). By default nobody; `kubectl port-forward` works.",
    ),
  scrapers: z.array(peerSchema).max(20).default([]).describe("Who may read the metrics ports (8080, 44217, 44227)."),
  egress: z
    .enum(["open", "restricted"])
    .default("open")
    .describe("`restricted`: pods reach each other, DNS and what is listed here, and nothing else."),
  dnsNamespace: dnsLabel.default("kube-system").describe("With `restricted`: the namespace of the cluster's DNS."),
  apiServerCidrs: z
    .array(cidr)
    .max(20)
    .default([])
    .describe(
      "With `restricted`: addresses of the API server behind its Service, for Ray's autoscaler or the agent (`kubectl get endpoints kubernetes`).",
    ),
  apiServerPort: port.default(6443).describe("With `restricted`: the API server's port behind its Service."),
  egressRules: z.array(egressRuleSchema).max(50).default([]).describe("With `restricted`: what else pods may reach."),
});

const ingressAuthenticationSchema = z.strictObject({
  basicAuthSecretName: objectName.optional().describe("A Secret with names and passwords: key `auth` with nginx, `users` with traefik."),
  externalAuthUrl: formed(/^https?:\/\/\S+$/, "an address that begins with http:// or https://")
    .optional()
    .describe("Every request is shown to this address first, such as that of oauth2-proxy; it goes on when the answer is 2xx."),
  signInUrl: formed(/^https?:\/\/\S+$/, "an address that begins with http:// or https://")
    .optional()
    .describe("With `externalAuthUrl` and nginx: where a browser that was refused is sent."),
  annotations: annotations
    .optional()
    .describe("With `controller: other`: the annotations by which that controller asks who it is. They are not checked."),
});

/** A way to the dashboard from outside. */
export const ingressSpecSchema = z.strictObject({
  controller: z
    .enum(["nginx", "traefik", "other"])
    .describe("Which controller acts on it: how it is told to ask who it is, and to take the path away, differs."),
  className: objectName.optional().describe("IngressClass. By default the controller's name; with `other` the cluster's default class."),
  controllerNamespace: dnsLabel.optional().describe("Where the controller runs, so that the network policy lets it in."),
  host: formed(/^(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, "a host name such as ray.example.com").describe("Host name."),
  path: formed(/^\/([a-z0-9-]+)?$/, "/ or one part such as /demo")
    .default("/")
    .describe("Path of the dashboard on that host, taken away before Ray sees it."),
  tlsSecretName: objectName
    .optional()
    .describe("A Secret with the certificate. Without it passwords and tokens go over the wire as they are."),
  authentication: ingressAuthenticationSchema
    .optional()
    .describe("Who may come in; an ingress without it is refused. Whoever reaches the job API runs code on the cluster."),
});
