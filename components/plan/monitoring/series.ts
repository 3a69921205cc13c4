import { type MetricName, type MetricSource, metricSource } from "./metrics";

export type { MetricSource } from "./metrics";

/** A metric's series of one cluster, as PromQL. Further matchers stand as in PromQL: `State="FAILED"`. */
export type Series = (name: MetricName, ...matchers: readonly string[]) => string;

/** Labels that the series of a cluster have, by where they come from. Without any the series of all clusters are meant. */
export type ClusterMatchers = Partial<Readonly<Record<MetricSource, readonly string[]>>>;

/** Series with what is common to all of a cluster. */
export function seriesOf(cluster: ClusterMatchers): Series {
  return (name, ...matchers) => {
    const all = [...(cluster[metricSource(name)] ?? []), ...matchers];
    return all.length === 0 ? name : `${name}{${all.join(",")}}`;
  };
}
