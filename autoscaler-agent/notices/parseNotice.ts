import * as z from "zod";
import type { NoticeKind } from "../decide/tick/machineNotices";

/** EC2 gives a spot machine two minutes from the notice on. */
const SPOT_NOTICE_MS = 120_000;
/** Of what a message says in words, so much is repeated in logs. */
const MOST_LETTERS = 80;

const instanceId = z.string().regex(/^i-[0-9a-f]{8,17}$/);
const time = z.string().transform((text, context) => {
  const epochMs = Date.parse(text);
  if (Number.isNaN(epochMs)) context.addIssue({ code: "custom", message: "is no time" });
  return epochMs;
});
const machineEvent = { source: z.literal("aws.ec2"), time, detail: z.object({ "instance-id": instanceId }) };

/** The three kinds of events that the cluster's rules match; whatever else stands in them is left out. */
const eventSchema = z.discriminatedUnion("detail-type", [
  z.object({ "detail-type": z.literal("EC2 Spot Instance Interruption Warning"), ...machineEvent }),
  z.object({ "detail-type": z.literal("EC2 Instance Rebalance Recommendation"), ...machineEvent }),
  z.object({
    "detail-type": z.literal("AWS Health Event"),
    source: z.literal("aws.health"),
    time,
    detail: z.object({
      service: z.literal("EC2"),
      eventTypeCategory: z.literal("scheduledChange"),
      eventTypeCode: z.string().regex(/^[A-Z0-9_]+$/),
      statusCode: z.string().optional(),
      startTime: time.optional(),
      affectedEntities: z.array(z.object({ entityValue: z.string() })).max(1000),
    }),
  }),
]);

/** What one message announces. Times are the cloud's own, in epoch milliseconds. */
export interface ParsedNotice {
  readonly kind: NoticeKind;
  readonly instanceIds: readonly string[];
  readonly deadlineEpochMs?: number;
  /** The cloud's words, fit for a log. */
  readonly what: string;
  /** It is called off, or over. */
  readonly isOver: boolean;
}

/** The notice in the body of a message; undefined: it has none of the known forms. Never throws, whatever stands in it. */
export function parseNotice(body: string): ParsedNotice | undefined {
  const event = eventSchema.safeParse(parseJson(body));
  if (!event.success) return undefined;
  const { data } = event;
  if (data["detail-type"] === "AWS Health Event") {
    const { eventTypeCode, statusCode, startTime, affectedEntities } = data.detail;
    return {
      kind: "scheduled",
      instanceIds: affectedEntities.flatMap(({ entityValue }) => idIn(entityValue) ?? []),
      ...(startTime === undefined ? {} : { deadlineEpochMs: startTime }),
      what: eventTypeCode.slice(0, MOST_LETTERS),
      isOver: statusCode === "closed",
    };
  }
  const base = { instanceIds: [data.detail["instance-id"]], what: data["detail-type"], isOver: false };
  return data["detail-type"] === "EC2 Instance Rebalance Recommendation"
    ? { kind: "rebalance", ...base }
    : { kind: "spot-interruption", ...base, deadlineEpochMs: data.time + SPOT_NOTICE_MS };
}

/** Entities are named by id, or by ARN. */
function idIn(entity: string): string | undefined {
  const id = entity.split("/").at(-1);
  return instanceId.safeParse(id).data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
