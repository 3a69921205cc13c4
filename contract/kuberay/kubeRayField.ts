/** A release of KubeRay, such as `1.6.0`. */
export type KubeRayRelease = "1.5.1" | "1.6.0" | "1.7.0";

/** A field of one of KubeRay's kinds. */
export interface KubeRayField {
  readonly type: "string" | "boolean" | "integer" | "number" | "quantity" | "object" | "map" | "list";
  /** What a map's values or a list's items are, where they are plain. */
  readonly of?: "string";
  /** The only values that the API server takes. */
  readonly values?: readonly string[];
  /** The API server asks for it. Fields that it fills with a default are none of these. */
  readonly required?: true;
  /** The release that first has it. Absent: as its parent, and at the top 1.5.0 or earlier. */
  readonly since?: KubeRayRelease;
  /** Of an object, or of a list's items. Absent: what is below is Kubernetes' own. */
  readonly fields?: KubeRayFields;
}

/** Fields by name. */
export type KubeRayFields = Readonly<Record<string, KubeRayField>>;
