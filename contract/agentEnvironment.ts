/**
 * Environment variables by which the node service on the head starts the agent. Everything else the agent needs
 * stands in the SSM parameter named here.
 */
export const agentEnvironmentNames = {
  /** SSM parameter with the agent's configuration. */
  configParameter: "RAYFLEET_AGENT_CONFIG_PARAMETER",
  region: "RAYFLEET_REGION",
  /** `host:port` of the GCS. */
  gcsAddress: "RAYFLEET_GCS_ADDRESS",
  /** Folder of the agent's own in which it keeps what it decided from. Absent: it keeps nothing. */
  recordFolder: "RAYFLEET_RECORD_FOLDER",
  /** File with the Ray token, mode 0600. Ray's own variable. */
  tokenPath: "RAY_AUTH_TOKEN_PATH",
} as const;
