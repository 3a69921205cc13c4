import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { decisionReplySchema, decisionRequestSchema } from "../contract/decision";

/** The JSON schemas of what `rayfleet decide` reads and prints, by their place in the repository. */
export function decisionSchemas(): ReadonlyMap<string, string> {
  const text = (schema: z.ZodType, title: string) =>
    `${JSON.stringify({ title, ...z.toJSONSchema(schema, { target: "draft-2020-12" }) }, null, 2)}\n`;
  return new Map([
    ["docs/decision-request.schema.json", text(decisionRequestSchema, "Request of rayfleet decide")],
    ["docs/decision-reply.schema.json", text(decisionReplySchema, "Reply of rayfleet decide")],
  ]);
}

if (require.main === module) {
  for (const [path, text] of decisionSchemas()) writeFileSync(join(__dirname, "..", path), text);
}
