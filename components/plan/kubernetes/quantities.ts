/** CPUs as Kubernetes writes them: `4`, `500m`. */
export function cpuQuantity(cpu: number): string {
  return Number.isInteger(cpu) ? String(cpu) : `${Math.round(cpu * 1000)}m`;
}

/** Memory as Kubernetes writes it: `16Gi`, `512Mi`. */
export function memoryQuantity(gib: number): string {
  return Number.isInteger(gib) ? `${gib}Gi` : `${Math.round(gib * 1024)}Mi`;
}

/** GiB in bytes, as Ray takes them. */
export function bytesOf(gib: number): string {
  return String(Math.round(gib * 1024 ** 3));
}
