/** What the GCS says of a head, by its instance, and so many waiting tasks of four CPUs. */
export function waitingRay(headInstanceId: string, count: number): object {
  return {
    cluster_resource_state_version: Date.now(),
    cluster_session_name: "session-1",
    node_states: [
      {
        node_id: Buffer.alloc(28, 1),
        instance_id: headInstanceId,
        status: "IDLE",
        idle_duration_ms: 1000,
        total_resources: { "node:__internal_head__": 1 },
      },
    ],
    pending_resource_requests: count === 0 ? [] : [{ request: { resources_bundle: { CPU: 4 } }, count }],
  };
}
