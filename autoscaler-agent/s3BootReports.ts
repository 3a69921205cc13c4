import { GetObjectCommand, ListObjectsV2Command, type S3Client } from "@aws-sdk/client-s3";
import type { AgentConfig } from "../contract/agentConfig";
import { type BootReport, bootReportSchema } from "../contract/bootReport";
import type { BootReportSource } from "./bootReportSource";
import type { Clock } from "./clock";
import { withDeadline } from "./deadline";

const LIST_EVERY_MS = 5_000;
const CALL_DEADLINE_MS = 5_000;
/** Objects read at once. */
const PARALLEL_READS = 10;

type Place = NonNullable<AgentConfig["bootReports"]>;

/**
 * Boot reports in the artifact bucket. The bucket is only looked at while machines are starting, every 5 seconds at most, and an object is read again
 * only when it has changed. A report that cannot be read is a machine without one: its boot deadline does not depend on it.
 */
export class S3BootReports implements BootReportSource {
  readonly #s3: S3Client;
  readonly #clock: Clock;
  #listedMs = Number.NEGATIVE_INFINITY;
  #reports = new Map<string, { readonly etag: string; readonly report: BootReport }>();

  constructor(s3: S3Client, clock: Clock) {
    this.#s3 = s3;
    this.#clock = clock;
  }

  async read(place: Place | undefined, instanceIds: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, BootReport>> {
    const nowMs = this.#clock.monotonicMs();
    if (place !== undefined && instanceIds.length > 0 && nowMs - this.#listedMs >= LIST_EVERY_MS) {
      this.#listedMs = nowMs;
      try {
        await this.#refresh(place, new Set(instanceIds), withDeadline(signal, CALL_DEADLINE_MS));
      } catch {
        signal.throwIfAborted();
      }
    }
    const wanted = instanceIds.flatMap((id) => {
      const known = this.#reports.get(id);
      return known === undefined ? [] : [[id, known.report] as const];
    });
    return new Map(wanted);
  }

  async #refresh(place: Place, instanceIds: ReadonlySet<string>, abortSignal: AbortSignal): Promise<void> {
    const changed: { key: string; instanceId: string; etag: string }[] = [];
    let continuation: string | undefined;
    do {
      const page = await this.#s3.send(
        new ListObjectsV2Command({
          Bucket: place.bucket,
          Prefix: `${place.prefix}/`,
          ...(continuation === undefined ? {} : { ContinuationToken: continuation }),
        }),
        { abortSignal },
      );
      for (const { Key: key = "", ETag: etag = "" } of page.Contents ?? []) {
        const instanceId = instanceIdOfKey(key);
        if (instanceId !== undefined && instanceIds.has(instanceId) && this.#reports.get(instanceId)?.etag !== etag) {
          changed.push({ key, instanceId, etag });
        }
      }
      continuation = page.NextContinuationToken;
    } while (continuation !== undefined);
    // What no longer starts is forgotten, so that the map does not grow with the cluster's life.
    this.#reports = new Map([...this.#reports].filter(([id]) => instanceIds.has(id)));
    for (let index = 0; index < changed.length; index += PARALLEL_READS) {
      await Promise.all(changed.slice(index, index + PARALLEL_READS).map((object) => this.#readOne(place.bucket, object, abortSignal)));
    }
  }

  async #readOne(bucket: string, object: { key: string; instanceId: string; etag: string }, abortSignal: AbortSignal): Promise<void> {
    try {
      const reply = await this.#s3.send(new GetObjectCommand({ Bucket: bucket, Key: object.key }), { abortSignal });
      const report = bootReportSchema.parse(JSON.parse((await reply.Body?.transformToString()) ?? ""));
      this.#reports.set(object.instanceId, { etag: object.etag, report });
    } catch {
      // Half-written, of another release, or gone again: the next listing tries once more.
      abortSignal.throwIfAborted();
    }
  }
}

/** The machine that wrote a report: keys end in `<role id>:<instance id>.json`, and a machine may write no other. */
export function instanceIdOfKey(key: string): string | undefined {
  return /:([^/:]+)\.json$/.exec(key)?.[1];
}
