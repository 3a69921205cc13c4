import * as z from "zod";
import { rayJobTemplateSchema } from "./rayJobSpec";

/** What a user writes under `rayCronJob`: a cluster is made for each run of the job. */
export const rayCronJobSpecSchema = z.strictObject({
  schedule: z.string().min(1).describe("When, in the five fields of cron, or `@daily` and the like."),
  timeZone: z
    .string()
    .min(1)
    .optional()
    .describe("IANA name of the time zone, such as `Europe/Berlin`. By default the operator's. KubeRay 1.7."),
  suspend: z.boolean().default(false).describe("Start no further job."),
  job: rayJobTemplateSchema.describe("The job."),
});
