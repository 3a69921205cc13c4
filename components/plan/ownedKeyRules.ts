import { quoteValue, type SpecPath } from "./specProblem";
import { type ClusterDraft, placedGroups, type RuleProblem, type SpecRule } from "./specRule";

/** Parameters of `ray start` that rayfleet sets itself, and where the user says the same. */
const ownedStartParams: Readonly<Record<string, string>> = {
  address: "",
  port: "",
  head: "",
  block: "",
  "node-ip-address": "",
  "node-name": "",
  "node-manager-port": "",
  "object-manager-port": "",
  "runtime-env-agent-port": "",
  "dashboard-agent-grpc-port": "",
  "dashboard-agent-listen-port": "",
  "metrics-export-port": "",
  "min-worker-port": "",
  "max-worker-port": "",
  "worker-port-list": "",
  "ray-client-server-port": "",
  "redis-shard-ports": "",
  "redis-username": "gcsFaultTolerance.existing",
  "redis-password": "gcsFaultTolerance.existing",
  "dashboard-port": "",
  "dashboard-host": "access.users",
  "include-dashboard": "",
  "temp-dir": "",
  "plasma-directory": "",
  "object-spilling-directory": "",
  "no-monitor": "",
  "autoscaling-config": "",
  "disable-usage-stats": "",
  "labels-file": "",
  "num-cpus": "resources",
  "num-gpus": "resources",
  resources: "resources",
  labels: "labels",
  memory: "needs or instanceTypes",
  "object-store-memory": "objectStoreMemoryGiB",
};

/** Environment names that rayfleet sets itself: whole names, or beginnings that end in an underscore. */
const ownedEnvironment = [
  "RAYFLEET_",
  "RAY_AUTH_",
  "RAY_ADDRESS",
  "RAY_CLOUD_INSTANCE_ID",
  "RAY_CLOUD_INSTANCE_TYPE_NAME",
  "RAY_NODE_TYPE_NAME",
  "RAY_NODE_MARKET_TYPE",
  "RAY_NODE_REGION",
  "RAY_NODE_ZONE",
  "RAY_OVERRIDE_LABELS",
  "RAY_OVERRIDE_RESOURCES",
  "RAY_REDIS_ADDRESS",
  "RAY_external_storage_namespace",
  "RAY_enable_autoscaler_v2",
] as const;

/** Keys of an AWS account: in the environment everyone who reads the stack file has them, and the machine's own role is not used any more. */
export const awsCredentials: readonly string[] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];

interface PlacedMap {
  readonly path: SpecPath;
  readonly map: Readonly<Record<string, string>>;
}

function mapsNamed(key: "environment" | "rayStartParams", draft: ClusterDraft): readonly PlacedMap[] {
  const { spec } = draft;
  return [
    ...(key === "environment" ? [{ path: [key], map: spec.environment }] : []),
    { path: ["head", key], map: spec.head[key] },
    ...placedGroups(draft).map(({ group, path }) => ({ path: [...path, key], map: group[key] })),
  ];
}

const startParamsFree: SpecRule = (draft) =>
  mapsNamed("rayStartParams", draft).flatMap(({ path, map }) =>
    Object.entries(map).flatMap(([name, value]): readonly RuleProblem[] => {
      const instead = Object.hasOwn(ownedStartParams, name) ? ownedStartParams[name] : undefined;
      const forHead = path[0] === "head" && (instead === "resources" || instead === "labels" || instead?.startsWith("needs"));
      return instead === undefined
        ? []
        : [
            {
              path: [...path, name],
              problem: "is set by rayfleet",
              got: quoteValue(value),
              expected: "a parameter of `ray start` that rayfleet leaves to you",
              fix: instead === "" || forHead ? "Remove it." : `Remove it; ${instead} says the same.`,
            },
          ];
    }),
  );

const environmentFree: SpecRule = (draft) =>
  mapsNamed("environment", draft).flatMap(({ path, map }) =>
    Object.keys(map)
      .filter((name) => ownedEnvironment.some((owned) => (owned.endsWith("_") ? name.startsWith(owned) : name === owned)))
      .map((name) => ({
        path: [...path, name],
        problem: "is set by rayfleet",
        got: name,
        expected: "a name that rayfleet leaves to you",
        fix: "Remove it.",
      })),
  );

/** Kubernetes label syntax, as Ray checks it. */
const labelName = /^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;
const labelValue = /^([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$/;

function labelProblem(name: string, value: string): Omit<RuleProblem, "path"> | undefined {
  if (name.startsWith("ray.io/")) {
    const expected = "a name that does not begin with ray.io/";
    return { problem: "is set by Ray itself", got: quoteValue(value), expected, fix: "Remove it or rename it." };
  }
  if (!labelName.test(name)) {
    const expected = "up to 63 letters, digits and `- _ .`, with letters or digits at both ends";
    return { problem: "is not a usable label name", got: quoteValue(name), expected, fix: "Rename it." };
  }
  if (!labelValue.test(value)) {
    const expected = "up to 63 letters, digits and `- _ .`, with letters or digits at both ends";
    return { problem: "is not a usable label value", got: quoteValue(value), expected, fix: "Write it in that form." };
  }
  return undefined;
}

/** The value is never repeated: problems end in logs. */
const environmentWithoutCredentials: SpecRule = (draft) =>
  mapsNamed("environment", draft).flatMap(({ path, map }) =>
    Object.keys(map)
      .filter((name) => awsCredentials.includes(name.toUpperCase()))
      .map((name) => ({
        path: [...path, name],
        problem: "would hand a key of an AWS account to every machine and every reader of the stack file",
        got: name,
        expected: "no credentials of AWS",
        fix: "Remove it; name the machines' role in the policy of what they may use.",
      })),
  );

const labelsFree: SpecRule = (draft) =>
  placedGroups(draft).flatMap(({ group, path }) =>
    Object.entries(group.labels).flatMap(([name, value]) => {
      const problem = labelProblem(name, value);
      return problem === undefined ? [] : [{ path: [...path, "labels", name], ...problem }];
    }),
  );

const ownedResources: Readonly<Record<string, string>> = {
  memory: "Choose machines with more or less memory.",
  object_store_memory: "Set objectStoreMemoryGiB.",
};

/** Ray's own limit for the amount of one resource of a node. */
const mostOfAResource = 100e12;

const resourcesFree: SpecRule = (draft) =>
  placedGroups(draft).flatMap(({ group, path }) =>
    Object.entries(group.resources).flatMap(([name, amount]): readonly RuleProblem[] => {
      const at = { path: [...path, "resources", name], got: String(amount) };
      if (Object.hasOwn(ownedResources, name) || name.startsWith("node:")) {
        const expected = "CPU, GPU or a name of your own";
        return [{ ...at, problem: "is counted by Ray itself", expected, fix: ownedResources[name] ?? "Rename it." }];
      }
      return amount <= mostOfAResource
        ? []
        : [{ ...at, problem: "is more than Ray can count", expected: `${mostOfAResource} or less`, fix: "Lower it." }];
    }),
  );

/** AWS allows 50 tags; rayfleet adds three, a Name, and the Auto Scaling group and launch template a few. */
const mostTags = 40;
/** Machines read their own tags, and then EC2 takes only these characters in a name: a letter such as é would fail every launch. */
const tagName = /^[A-Za-z0-9+\-=.,_:@]{1,128}$/;
const tagValue = /^[\p{L}\p{N}\p{Z}+\-=.,_:@/]{0,256}$/u;

function tagProblem(name: string, value: string): Omit<RuleProblem, "path"> | undefined {
  if (/^(aws|rayfleet):/i.test(name) || name === "Name") {
    const expected = "a name that does not begin with aws: or rayfleet: and is not Name";
    return { problem: "is a reserved tag", got: quoteValue(value), expected, fix: "Rename it." };
  }
  if (!tagName.test(name) || [".", "..", "_index"].includes(name)) {
    const expected = "up to 128 letters a to z, digits and `+ - = . , _ : @`";
    return { problem: "is not a usable tag name", got: quoteValue(name), expected, fix: "Rename it." };
  }
  if (!tagValue.test(value)) {
    const expected = "up to 256 letters, digits, spaces and `+ - = . , _ : @ /`";
    return { problem: "is not a usable tag value", got: quoteValue(value), expected, fix: "Write it in that form." };
  }
  return undefined;
}

const tagsFree: SpecRule = ({ spec }) => {
  const names = Object.keys(spec.tags);
  const tooMany: readonly RuleProblem[] =
    names.length <= mostTags
      ? []
      : [
          {
            path: ["tags"],
            problem: "has too many entries",
            got: String(names.length),
            expected: `${mostTags} or fewer`,
            fix: "Remove some.",
          },
        ];
  return [
    ...tooMany,
    ...Object.entries(spec.tags).flatMap(([name, value]) => {
      const problem = tagProblem(name, value);
      return problem === undefined ? [] : [{ path: ["tags", name], ...problem }];
    }),
  ];
};

/** Rules about names that belong to rayfleet, Ray or the cloud. */
export const ownedKeyRules: Readonly<Record<string, SpecRule>> = {
  startParamsFree,
  environmentFree,
  environmentWithoutCredentials,
  labelsFree,
  resourcesFree,
  tagsFree,
};
