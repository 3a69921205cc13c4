/** What becomes of a call of the AWS API. */
export type AwsFault =
  /** It is carried out so many milliseconds later. */
  | { readonly kind: "latency"; readonly ms: number }
  /** It is refused with this HTTP status and the service's own words. */
  | { readonly kind: "error"; readonly status: number; readonly code: string }
  /** It is carried out, and its reply never comes: the connection is reset instead. */
  | { readonly kind: "drop-reply" }
  /** It is carried out; of the reply's body half arrives, and the length says that this is all. */
  | { readonly kind: "half-body" }
  /** It is not carried out: the connection is reset. */
  | { readonly kind: "reset" }
  /** It is not carried out, and there is no answer. */
  | { readonly kind: "silence" };

/** Which calls a fault is for. */
export interface AwsRule {
  /** As the service signs its calls: `autoscaling`, `ec2`, `ssm`, `s3`, … @default all */
  readonly service?: string;
  /** `SetDesiredCapacity` and the like; for S3 the method. @default all */
  readonly actions?: readonly string[];
  readonly fault: AwsFault;
}

/** What becomes of a connection, of those that are open as of new ones. */
export type TcpFault =
  /** Every piece arrives so many milliseconds later, in its order. */
  | { readonly kind: "latency"; readonly ms: number }
  /** Connections are reset: open ones at once, new ones as soon as they are made. */
  | { readonly kind: "reset" }
  /** Nothing passes in either direction, and nobody is told. When it is over, everything arrives. */
  | { readonly kind: "silence" }
  /** The far end has forgotten the connections that are open now, and the near end does not know. New ones are good. */
  | { readonly kind: "half-open" };

/** Everything that is wrong at one time. */
export interface Faults {
  /** The first rule that fits a call holds. */
  readonly aws: readonly AwsRule[];
  /** Of the connections to Ray's GCS; absent: none. */
  readonly gcs?: TcpFault;
}

/** What has passed, and what was done to it, since the proxy began. */
export interface FaultCounts {
  /** Faults that came to pass: `SetDesiredCapacity drop-reply`, `GCS reset`, … → how often. */
  readonly injected: Readonly<Record<string, number>>;
  /** Calls that reached the proxy, by action. */
  readonly calls: Readonly<Record<string, number>>;
}
