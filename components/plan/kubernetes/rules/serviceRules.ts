import { rayServiceUpgradeTypes } from "../../../../contract/kuberay/rayService";
import { isGoDuration } from "./cronSchedule";
import { isGateOn, needsGate } from "./gates";
import type { ManifestNode } from "./manifestNode";
import { type FoundProblem, type ManifestRule, problemAt, problemsAt, type RuleContext } from "./manifestRule";
import type { RayManifest } from "./rayManifest";

const incremental = "NewClusterWithIncrementalUpgrade";
const incrementalGate = "RayServiceIncrementalUpgrade";

type Draft = Omit<ManifestRule, "kinds" | "check">;

function serviceRule(
  draft: Draft,
  check: (service: ManifestNode, manifest: RayManifest, context: RuleContext) => readonly FoundProblem[],
): ManifestRule {
  return { ...draft, kinds: ["RayService"], check: (manifest, context) => check(manifest.spec, manifest, context) };
}

/** A rule about upgrades step by step, looked at only where they are chosen and the gate is on. */
function stepRule(draft: Draft, check: (options: ManifestNode, manifest: RayManifest) => readonly FoundProblem[]): ManifestRule {
  return serviceRule(draft, (service, manifest, context) => {
    const isChosen = service.at("upgradeStrategy", "type").text === incremental && isGateOn(incrementalGate, context);
    return isChosen ? check(service.at("upgradeStrategy", "clusterUpgradeOptions"), manifest) : [];
  });
}

function isPercent(number: number | undefined): boolean {
  return number !== undefined && number >= 0 && number <= 100;
}

function isPositiveDuration(text: string): boolean {
  const seconds = /^[-+]?\d{1,15}$/.test(text) ? Number(text) : undefined;
  if (seconds !== undefined) return seconds > 0;
  return isGoDuration(text) && !text.startsWith("-") && /[1-9]/.test(text);
}

const stepRules: readonly ManifestRule[] = [
  stepRule(
    { id: "upgrade-steps-need-autoscaling", caughtBy: "operator", text: `${incremental} needs enableInTreeAutoscaling.` },
    (_, { cluster }) => {
      const verdict = { problem: `is needed by ${incremental}`, expected: "true", fix: "Turn autoscaling on." };
      return cluster === undefined || cluster.autoscaling ? [] : [problemAt(cluster.spec.get("enableInTreeAutoscaling"), verdict)];
    },
  ),
  stepRule({ id: "upgrade-steps-missing", caughtBy: "operator", text: `${incremental} needs clusterUpgradeOptions.` }, (options) =>
    options.isMap ? [] : [problemAt(options, { problem: "is missing", expected: "the steps of the upgrade", fix: "Write them." })],
  ),
  stepRule(
    { id: "upgrade-steps-percent", caughtBy: "operator", text: "maxSurgePercent and stepSizePercent are from 0 to 100." },
    (options) => {
      const surge = options.get("maxSurgePercent");
      const wrong = [...(surge.isSet ? [surge] : []), options.get("stepSizePercent")].filter(({ number }) => !isPercent(number));
      return options.isMap ? problemsAt(wrong, { problem: "is no share", expected: "0–100", fix: "Correct it." }) : [];
    },
  ),
  stepRule({ id: "upgrade-step-above-surge", caughtBy: "operator", text: "stepSizePercent is not above maxSurgePercent." }, (options) => {
    const step = options.get("stepSizePercent").number ?? 0;
    const surge = options.get("maxSurgePercent").number ?? 100;
    const verdict = {
      problem: "is above maxSurgePercent",
      got: `${step} > ${surge}`,
      expected: "at most maxSurgePercent",
      fix: "Lower it.",
    };
    return step > surge && isPercent(step) && isPercent(surge) ? [problemAt(options.get("stepSizePercent"), verdict)] : [];
  }),
  stepRule({ id: "upgrade-interval", caughtBy: "operator", text: "intervalSeconds is positive." }, (options) => {
    const interval = options.get("intervalSeconds");
    const verdict = { problem: "is no time between steps", expected: "1 second or more", fix: "Raise it." };
    return options.isMap && (interval.number ?? 0) <= 0 ? [problemAt(interval, verdict)] : [];
  }),
  stepRule({ id: "upgrade-gateway-class", caughtBy: "operator", text: `${incremental} needs a gatewayClassName.` }, (options) => {
    const name = options.get("gatewayClassName");
    const verdict = { problem: "is missing", expected: "the name of a GatewayClass", fix: "Write it." };
    return options.isMap && name.text === "" ? [problemAt(name, verdict)] : [];
  }),
];

/** What the operator asks of services, and what it lets pass. */
export const serviceRules: readonly ManifestRule[] = [
  serviceRule(
    { id: "head-service-name", caughtBy: "operator", text: "A RayService's head service has no name of its own." },
    (_, { cluster }) => {
      const name = cluster?.head.spec.at("headService", "metadata", "name");
      const verdict = { problem: "cannot be chosen in a RayService", expected: "no name", fix: "Remove it." };
      return name !== undefined && name.text !== "" ? [problemAt(name, verdict)] : [];
    },
  ),
  serviceRule(
    { id: "upgrade-type-unknown", caughtBy: "operator", text: "A RayService's upgradeStrategy.type is one of KubeRay's three." },
    (service) => {
      const type = service.at("upgradeStrategy", "type");
      const known: readonly string[] = rayServiceUpgradeTypes;
      const verdict = { problem: "is no way to upgrade", expected: `one of ${known.join(", ")}`, fix: "Choose one of them." };
      return type.isSet && !known.includes(type.text) ? [problemAt(type, verdict)] : [];
    },
  ),
  ...stepRules,
  serviceRule(
    {
      id: "upgrade-steps-gate",
      caughtBy: "nobody",
      text: `${incremental} needs the gate ${incrementalGate}, which is on from KubeRay 1.7.0; with it off the operator makes no new cluster at all.`,
    },
    (service, _, context) => {
      const type = service.at("upgradeStrategy", "type");
      return type.text === incremental ? needsGate(type, incrementalGate, context) : [];
    },
  ),
  serviceRule(
    { id: "deletion-delay-negative", caughtBy: "API server", text: "rayClusterDeletionDelaySeconds is not negative." },
    (service) => {
      const delay = service.get("rayClusterDeletionDelaySeconds");
      const verdict = { problem: "is negative", expected: "0 or more seconds", fix: "Raise it." };
      return (delay.number ?? 0) < 0 ? [problemAt(delay, verdict)] : [];
    },
  ),
  serviceRule(
    {
      id: "initializing-timeout-form",
      caughtBy: "operator",
      text: "The annotation ray.io/initializing-timeout is a positive duration (`5m`) or a positive number of seconds.",
    },
    (_, { metadata }) => {
      const timeout = metadata.get("annotations").get("ray.io/initializing-timeout");
      const verdict = { problem: "is no positive duration", expected: "such as 5m, or seconds", fix: "Correct it." };
      return timeout.text === "" || isPositiveDuration(timeout.text) ? [] : [problemAt(timeout, verdict)];
    },
  ),
  serviceRule(
    { id: "serve-config-form", caughtBy: "nobody", text: "serveConfigV2 is YAML; the operator reads it only when the cluster runs." },
    (service, _, { parseYaml }) => {
      const config = service.get("serveConfigV2");
      const verdict = {
        problem: "is no YAML",
        got: `${config.text.length} characters`,
        expected: "a Ray Serve configuration",
        fix: "Correct it.",
      };
      try {
        parseYaml(config.text);
        return [];
      } catch {
        return [problemAt(config, verdict)];
      }
    },
  ),
];
