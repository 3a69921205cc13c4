import { nearestKey } from "../nearestKey";
import { quoteValue, type SpecPath } from "../specProblem";
import { placedGroups, type RuleProblem } from "../specRule";
import { valueAt } from "../specShape";
import type { KubernetesDraft, KubernetesRule } from "./kubernetesRule";
import { knownGates, operatorGates } from "./operatorGates";
import { isOlderRelease } from "./rules/releaseVersion";

/** Something that a specification asks for, and what must be there for it. */
interface Need {
  readonly path: SpecPath;
  readonly what: string;
  readonly ray?: string;
  readonly operator?: string;
  readonly gate?: string;
}

function needs(draft: { readonly spec: KubernetesDraft }): readonly Need[] {
  const { authentication, tls, gcsFaultTolerance, workerGroups, autoscaler } = draft.spec;
  const token = authentication.mode === "token";
  return [
    ...(token ? [{ path: ["authentication", "mode"], what: "token authentication", ray: "2.52.0", operator: "1.5.1" }] : []),
    ...(token && authentication.secretName !== undefined
      ? [{ path: ["authentication", "secretName"], what: "a token of your own", operator: "1.6.0" }]
      : []),
    ...(tls.enabled ? [{ path: ["tls", "enabled"], what: "TLS between the pods", operator: "1.7.0", gate: "RayClusterMTLS" }] : []),
    ...(gcsFaultTolerance?.embedded === undefined
      ? []
      : [
          {
            path: ["gcsFaultTolerance", "embedded"],
            what: "the embedded store",
            operator: "1.7.0",
            gate: "GCSFaultToleranceEmbeddedStorage",
          },
        ]),
    ...workerGroups.flatMap((group, index) =>
      group.priority === 0 || autoscaler !== "kuberay"
        ? []
        : [{ path: ["workerGroups", index, "priority"], what: "the priority of a group", ray: "2.56.0", operator: "1.7.0" }],
    ),
  ];
}

const rayNewEnough: KubernetesRule = (draft) => {
  const { version } = draft.spec.ray;
  return needs(draft).flatMap(({ path, what, ray }) =>
    ray === undefined || !isOlderRelease(version, ray)
      ? []
      : [
          {
            path,
            involves: [["ray", "version"]],
            problem: `needs a later Ray: ${what}`,
            got: `Ray ${version}`,
            expected: `ray.version ${ray} or later`,
            fix: "Take a later Ray or do without.",
          },
        ],
  );
};

const operatorNewEnough: KubernetesRule = (draft) => {
  const { version } = draft.spec.operator;
  return needs(draft).flatMap(({ path, what, operator }) =>
    operator === undefined || !isOlderRelease(version, operator)
      ? []
      : [
          {
            path,
            involves: [["operator", "version"]],
            problem: `needs a later KubeRay: ${what}`,
            got: `KubeRay ${version}`,
            expected: `operator.version ${operator} or later`,
            fix: "Take a later KubeRay or do without.",
          },
        ],
  );
};

const gateIsOn: KubernetesRule = (draft) => {
  const { version, featureGates } = draft.spec.operator;
  const gates = operatorGates(version, featureGates);
  return needs(draft).flatMap(({ path, what, gate }) =>
    gate === undefined || gates.get(gate) !== false
      ? []
      : [
          {
            path,
            involves: [["operator"]],
            problem: `needs a feature gate of KubeRay: ${what}`,
            got: `${gate} is off`,
            expected: `operator.featureGates.${gate}: true`,
            fix: "Turn the gate on; it is young, and off by itself.",
          },
        ],
  );
};

/** The operator ends at once when it is given a gate that it does not know. */
const gatesKnown: KubernetesRule = ({ spec: { operator } }) => {
  const known = knownGates(operator.version);
  return Object.keys(operator.featureGates)
    .filter((name) => !known.includes(name))
    .map((name) => {
      const nearest = nearestKey(name, known);
      return {
        path: ["operator", "featureGates", name],
        involves: [["operator", "version"]],
        problem: `is not a feature gate of KubeRay ${operator.version}`,
        got: quoteValue(name),
        expected: nearest ?? `one of ${known.join(", ")}`,
        fix: nearest === undefined ? "Remove it." : `Rename it to ${nearest}.`,
      };
    });
};

/** Keys that say what an operator that is there is like. */
const keysOfExisting: readonly string[] = ["install", "version", "namespace", "featureGates", "batchScheduler"];

const existingOperatorAlone: KubernetesRule = ({ spec, written }) => {
  const operator = valueAt(written, ["operator"]);
  if (spec.operator.install || typeof operator !== "object" || operator === null) return [];
  return Object.entries(operator)
    .filter(([key]) => !keysOfExisting.includes(key))
    .map(([key]) => ({
      path: ["operator", key],
      involves: [["operator", "install"]],
      problem: "has no effect with operator.install: false",
      got: key,
      expected: "only what the operator that is there is like",
      fix: `Remove operator.${key} or set operator.install: true.`,
    }));
};

const watchingSomeNamespaces: KubernetesRule = ({ spec: { operator } }) =>
  operator.scope === "namespace" || operator.watchNamespaces.length === 0
    ? []
    : [
        {
          path: ["operator", "watchNamespaces"],
          involves: [["operator", "scope"]],
          problem: "has no effect with operator.scope: cluster",
          got: quoteValue(operator.watchNamespaces),
          expected: "scope: namespace beside it",
          fix: "Remove it or set operator.scope: namespace.",
        },
      ];

/** KAI leaves pods without a queue waiting for ever. */
const batchQueueFits: KubernetesRule = (draft): readonly RuleProblem[] => {
  const { batchQueueName, operator } = draft.spec;
  const { batchScheduler } = operator;
  const at = { path: ["batchQueueName"], involves: [["operator", "batchScheduler"]] };
  if (batchScheduler === "kai-scheduler" && batchQueueName === undefined) {
    const fix = "Name a queue.";
    return [{ ...at, problem: "is missing, and KAI places no pod without one", got: "nothing", expected: "the name of a queue", fix }];
  }
  if (batchQueueName !== undefined && (batchScheduler === undefined || batchScheduler === "scheduler-plugins")) {
    const expected = "operator.batchScheduler: volcano, yunikorn or kai-scheduler";
    const problem = "has no effect without a scheduler that has queues";
    return [{ ...at, problem, got: quoteValue(batchQueueName), expected, fix: "Remove it or name the scheduler." }];
  }
  return [];
};

const batchSchedulerAlone: KubernetesRule = (draft) => {
  const { operator, head } = draft.spec;
  const placed = [
    { name: head.schedulerName, path: ["head"] },
    ...placedGroups(draft).map(({ group, path }) => ({ name: group.schedulerName, path })),
  ];
  return placed
    .filter(({ name }) => operator.batchScheduler !== undefined && name !== undefined)
    .map(({ name, path }) => ({
      path: [...path, "schedulerName"],
      involves: [["operator", "batchScheduler"]],
      problem: "is overwritten by the operator with its batch scheduler",
      got: quoteValue(name),
      expected: "no schedulerName beside operator.batchScheduler",
      fix: "Remove one of the two.",
    }));
};

/** Rules about versions, feature gates and the operator's own settings. */
export const specVersionRules: Readonly<Record<string, KubernetesRule>> = {
  rayNewEnough,
  operatorNewEnough,
  gateIsOn,
  gatesKnown,
  existingOperatorAlone,
  watchingSomeNamespaces,
  batchQueueFits,
  batchSchedulerAlone,
};
