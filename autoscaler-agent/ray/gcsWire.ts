/** Replies and requests of the GCS as `gcsMethods` gives and takes them: snake case, absent means default. */

export interface WireSelector {
  readonly label_constraints?: readonly {
    readonly label_key?: string;
    readonly operator?: string;
    readonly label_values?: readonly string[];
  }[];
}

export interface WireLabel {
  readonly label_name?: string;
  readonly label_value?: string;
}

export interface WireRequest {
  readonly resources_bundle?: Readonly<Record<string, number>>;
  readonly placement_constraints?: readonly { readonly anti_affinity?: WireLabel | null; readonly affinity?: WireLabel | null }[];
  readonly label_selectors?: readonly WireSelector[];
}

export interface WireRequestByCount {
  readonly request?: WireRequest | null;
  readonly count?: number;
}

export interface WireGang {
  readonly requests?: readonly WireRequest[];
  readonly details?: string;
  readonly bundle_selectors?: readonly { readonly resource_requests?: readonly WireRequest[] }[];
}

export interface WireNode {
  readonly node_id?: Uint8Array;
  readonly instance_id?: string;
  readonly ray_node_type_name?: string;
  readonly available_resources?: Readonly<Record<string, number>>;
  readonly total_resources?: Readonly<Record<string, number>>;
  readonly dynamic_labels?: Readonly<Record<string, string>>;
  readonly status?: string;
  readonly idle_duration_ms?: number;
  readonly node_ip_address?: string;
  readonly instance_type_name?: string;
  readonly node_activity?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
}

export interface WireState {
  readonly cluster_resource_state_version?: number;
  readonly node_states?: readonly WireNode[];
  readonly pending_resource_requests?: readonly WireRequestByCount[];
  readonly pending_gang_resource_requests?: readonly WireGang[];
  readonly cluster_resource_constraints?: readonly { readonly resource_requests?: readonly WireRequestByCount[] }[];
  readonly cluster_session_name?: string;
}
