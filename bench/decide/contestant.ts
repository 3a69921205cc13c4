import { readFileSync, writeFileSync } from "node:fs";
import { decideInDetail } from "../../autoscaler-agent/decide/decide";
import type { DecisionRequest } from "../../contract/decision";
import { planOf } from "./placements";
import type { Measured } from "./plan";
import { clusterAutoscalerLike } from "./policies/clusterAutoscalerLike";
import { karpenterLike } from "./policies/karpenterLike";
import { OutOfTime } from "./policies/work";

/**
 * Runs one contestant in a process of its own, so that its memory is its own: `contestant.ts NAME REQUEST REPLY RUNS LIMIT_SECONDS`.
 * Writes `Measured`; exits with 3 when the time is over.
 */
function main([name = "", requestFile = "", replyFile = "", runs = "1", limitSeconds = "60"]: readonly string[]): void {
  const request = JSON.parse(readFileSync(requestFile, "utf8")) as DecisionRequest;
  const endsMs = performance.now() + Number(limitSeconds) * 1000;
  const answer = answerOf(name, request, () => performance.now() > endsMs);
  const milliseconds: number[] = [];
  let read: (() => Answer) | undefined;
  for (let run = 0; run < Number(runs) && (run < 1 || performance.now() < endsMs); run += 1) {
    const before = process.cpuUsage();
    const answered = answer();
    const { user, system } = process.cpuUsage(before);
    milliseconds.push((user + system) / 1000);
    read = answered;
  }
  const peakMiB = process.resourceUsage().maxRSS / 1024;
  if (read === undefined) throw new Error("runs: are none; got 0; expected 1 or more.");
  const measured: Measured = { milliseconds, peakMiB, ...read() };
  writeFileSync(replyFile, JSON.stringify(measured));
}

type Answer = Pick<Measured, "plan" | "lowerBoundPerHourUsd">;

/** Only the decision is timed; reading its placements is not part of it. */
function answerOf(name: string, request: DecisionRequest, isLate: () => boolean): () => () => Answer {
  switch (name) {
    case "rayfleet":
      return () => {
        const decision = decideInDetail(request);
        return () => ({ plan: planOf(decision), lowerBoundPerHourUsd: decision.reply.lowerBoundPerHourUsd });
      };
    case "cluster-autoscaler-like":
      return () => {
        const plan = clusterAutoscalerLike(request, { isLate });
        return () => ({ plan });
      };
    case "karpenter-like":
      return () => {
        const plan = karpenterLike(request, { isLate });
        return () => ({ plan });
      };
    default:
      throw new Error(`contestant: is unknown; got ${name}; expected rayfleet, cluster-autoscaler-like or karpenter-like.`);
  }
}

try {
  main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof OutOfTime)) throw error;
  process.exitCode = 3;
}
