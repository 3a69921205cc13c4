/** An object as a person writes it in YAML, before a server has added anything. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    /** Absent: the object belongs to no namespace. */
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

/** An object with a `spec`. */
export interface SpecifiedObject<Spec> extends KubernetesObject {
  readonly spec: Spec;
}
