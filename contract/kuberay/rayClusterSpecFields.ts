import type { KubeRayFields } from "./kubeRayField";

/** The fields of a RayClusterSpec, above what Kubernetes itself defines. */
export const rayClusterSpecFields: KubeRayFields = {
  authOptions: {
    type: "object",
    since: "1.5.1",
    fields: {
      enableK8sTokenAuth: { type: "boolean", since: "1.6.0" },
      mode: { type: "string", values: ["disabled", "token"] },
      secretName: { type: "string", since: "1.6.0" },
    },
  },
  autoscalerOptions: {
    type: "object",
    fields: {
      args: { type: "list", of: "string", since: "1.7.0" },
      command: { type: "list", of: "string", since: "1.7.0" },
      env: { type: "list" },
      envFrom: { type: "list" },
      idleTimeoutSeconds: { type: "integer" },
      image: { type: "string" },
      imagePullPolicy: { type: "string" },
      resources: { type: "object" },
      securityContext: { type: "object" },
      upscalingMode: { type: "string", values: ["Default", "Aggressive", "Conservative"] },
      version: { type: "string", values: ["v1", "v2"] },
      volumeMounts: { type: "list" },
    },
  },
  enableInTreeAutoscaling: { type: "boolean" },
  gcsFaultToleranceOptions: {
    type: "object",
    fields: {
      backend: { type: "string", values: ["redis", "rocksdb"], since: "1.7.0" },
      externalStorageNamespace: { type: "string" },
      redisAddress: { type: "string" },
      redisPassword: { type: "object" },
      redisUsername: { type: "object" },
      storage: {
        type: "object",
        since: "1.7.0",
        fields: {
          accessModes: { type: "list", of: "string" },
          claimName: { type: "string" },
          deletionPolicy: { type: "string", values: ["DeleteWithCluster", "Retain"] },
          size: { type: "quantity" },
          storageClassName: { type: "string" },
          subPath: { type: "string" },
        },
      },
    },
  },
  headGroupSpec: {
    type: "object",
    required: true,
    fields: {
      enableIngress: { type: "boolean" },
      headService: { type: "object" },
      ingressOptions: {
        type: "object",
        since: "1.7.0",
        fields: {
          host: { type: "string" },
          path: { type: "string" },
          pathType: { type: "string", values: ["Exact", "Prefix", "ImplementationSpecific"] },
          tls: {
            type: "list",
            fields: {
              hosts: { type: "list", of: "string" },
              secretName: { type: "string" },
            },
          },
        },
      },
      labels: { type: "map", of: "string" },
      rayStartParams: { type: "map", of: "string" },
      resources: { type: "map", of: "string" },
      serviceType: { type: "string" },
      template: { type: "object", required: true },
    },
  },
  headServiceAnnotations: { type: "map", of: "string" },
  historyServerOptions: {
    type: "object",
    since: "1.7.0",
    fields: {
      collectorOptions: {
        type: "object",
        fields: {
          env: { type: "list" },
          image: { type: "string" },
          imagePullPolicy: { type: "string" },
          resources: { type: "object" },
        },
      },
    },
  },
  managedBy: { type: "string" },
  networkPolicy: {
    type: "object",
    since: "1.7.0",
    fields: {
      head: {
        type: "object",
        fields: {
          egressRules: { type: "list" },
          ingressRules: { type: "list" },
        },
      },
      mode: { type: "string", values: ["DenyAll", "DenyAllIngress", "DenyAllEgress"] },
      worker: {
        type: "object",
        fields: {
          egressRules: { type: "list" },
          ingressRules: { type: "list" },
        },
      },
      workerGroups: {
        type: "list",
        fields: {
          egressRules: { type: "list" },
          groupName: { type: "string", required: true },
          ingressRules: { type: "list" },
        },
      },
    },
  },
  rayVersion: { type: "string" },
  suspend: { type: "boolean" },
  tlsOptions: {
    type: "object",
    since: "1.7.0",
    fields: {
      enabled: { type: "boolean" },
    },
  },
  upgradeStrategy: {
    type: "object",
    since: "1.6.0",
    fields: {
      type: { type: "string", values: ["Recreate", "None"] },
    },
  },
  workerGroupSpecs: {
    type: "list",
    fields: {
      groupName: { type: "string", required: true },
      idleTimeoutSeconds: { type: "integer" },
      labels: { type: "map", of: "string" },
      maxReplicas: { type: "integer" },
      minReplicas: { type: "integer" },
      numOfHosts: { type: "integer" },
      priority: { type: "integer", since: "1.7.0" },
      rayStartParams: { type: "map", of: "string" },
      replicas: { type: "integer" },
      resources: { type: "map", of: "string" },
      scaleStrategy: {
        type: "object",
        fields: {
          workersToDelete: { type: "list", of: "string" },
        },
      },
      suspend: { type: "boolean" },
      template: { type: "object", required: true },
    },
  },
};
