/** Longer names are cut by the operator, from the front. */
const MOST_LETTERS = 50;

/** Name of the Service that the operator makes before the head of a RayCluster. */
export function headServiceName(clusterName: string): string {
  const cut = `${clusterName}-head-svc`.slice(-MOST_LETTERS);
  return /^[a-z]/.test(cut) ? cut : `r${cut.slice(1)}`;
}
