/** The oldest release of KubeRay that is supported. */
export const oldestOperator = "1.5.0";

/** The release whose fields and rules are known in full; later ones are held to the same. */
export const newestOperator = "1.7.0";
