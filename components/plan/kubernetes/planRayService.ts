import type { Service } from "../../../contract/kuberay/kubernetes";
import type { RayService, RayServiceSpec } from "../../../contract/kuberay/rayService";
import type { KubernetesClusterSpec } from "../../../contract/kubernetes/kubernetesClusterSpec";
import { jsonText } from "./jsonText";
import type { SpecifiedObject } from "./kubernetesObject";
import { sortedMap } from "./objectMetadata";
import { planRayCluster } from "./planRayCluster";
import { withoutAbsent } from "./withoutAbsent";

/** A RayService with a name, as it is planned. */
export type RayServiceManifest = RayService & SpecifiedObject<RayServiceSpec>;

type Serving = NonNullable<KubernetesClusterSpec["rayService"]>;

function serveService({ serveService: service }: Serving): Service | undefined {
  if (service === undefined) return undefined;
  const { name, type, ports } = service;
  const [labels, annotations] = [sortedMap(service.labels), sortedMap(service.annotations)];
  const metadata = withoutAbsent({ name, labels, annotations });
  const written = ports.map(({ name: port, port: number, targetPort, nodePort, appProtocol }) => ({
    name: port,
    port: number,
    ...withoutAbsent({ targetPort, nodePort, appProtocol }),
  }));
  return {
    ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
    spec: { type, ...(written.length === 0 ? {} : { ports: written }) },
  };
}

function upgradeStrategy({ upgradeStrategy: { type, clusterUpgradeOptions } }: Serving): RayServiceSpec["upgradeStrategy"] {
  if (clusterUpgradeOptions === undefined) return { type };
  const { maxSurgePercent, ...steps } = clusterUpgradeOptions;
  return { type, clusterUpgradeOptions: { ...withoutAbsent({ maxSurgePercent }), ...steps } };
}

/** The cluster of a specification with `rayService`: the service's. */
export function planRayService(spec: KubernetesClusterSpec, service: Serving): RayServiceManifest {
  const { metadata, spec: rayClusterConfig } = planRayCluster(spec);
  const { serveConfig, excludeHeadPodFromServeSvc, rayClusterDeletionDelaySeconds, initializingTimeoutSeconds: timeout, suspend } = service;
  const annotations = { ...metadata.annotations, ...(timeout === undefined ? {} : { "ray.io/initializing-timeout": `${timeout}s` }) };
  return {
    apiVersion: "ray.io/v1",
    kind: "RayService",
    metadata: { ...metadata, ...withoutAbsent({ annotations: sortedMap(annotations) }) },
    spec: {
      serveConfigV2: typeof serveConfig === "string" ? serveConfig : jsonText(serveConfig),
      ...withoutAbsent({
        serveService: serveService(service),
        upgradeStrategy: upgradeStrategy(service),
        rayClusterDeletionDelaySeconds,
      }),
      ...(excludeHeadPodFromServeSvc ? { excludeHeadPodFromServeSvc } : {}),
      ...(suspend ? { suspend } : {}),
      rayClusterConfig,
    },
  };
}
