import { RunInstancesCommand } from "@aws-sdk/client-ec2";
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import { CreateQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CallBudget } from "../../../autoscaler-agent/nodeGroups/callBudget";
import { ScheduledEvents } from "../../../autoscaler-agent/notices/scheduledEvents";
import { SqsNotices } from "../../../autoscaler-agent/notices/sqsNotices";
import { noticeRules } from "../../../components/plan/noticeRules";
import { FakeClock } from "../../support/fakeClock";
import { healthEvent, rebalanceEvent, spotEvent } from "../../support/noticeEvents";
import { apiMissing, type RunningApi, startApi } from "./runningApi";

const signal = new AbortController().signal;

describe.skipIf(apiMissing)("events about machines", () => {
  let api: RunningApi;
  let sqs: SQSClient;
  let queueUrl: string;
  let instanceId: string;
  beforeAll(async () => {
    api = await startApi();
    sqs = new SQSClient({ ...api.clientSettings, useQueueUrlAsEndpoint: false });
    const bridge = new EventBridgeClient(api.clientSettings);
    queueUrl = (await sqs.send(new CreateQueueCommand({ QueueName: "notices", Attributes: { VisibilityTimeout: "0" } }))).QueueUrl ?? "";
    for (const { name, pattern } of noticeRules) {
      await bridge.send(new PutRuleCommand({ Name: name, EventPattern: JSON.stringify(pattern) }));
      await bridge.send(
        new PutTargetsCommand({ Rule: name, Targets: [{ Id: "agent", Arn: "arn:aws:sqs:us-east-1:123456789012:notices" }] }),
      );
    }
    const made = await api.ec2.send(new RunInstancesCommand({ ImageId: "ami-12c6146b", MinCount: 1, MaxCount: 1 }));
    instanceId = made.Instances?.[0]?.InstanceId ?? "";
  });
  afterAll(async () => {
    sqs.destroy();
    await api.stop();
  });

  const announce = async (id: string, event: { source: string; "detail-type": string; detail: unknown }) => {
    const body = JSON.stringify({ source: event.source, detailType: event["detail-type"], detail: event.detail });
    return (await fetch(`${api.endpointUrl}/rayfleet/machines/${id}/events`, { method: "POST", body })).status;
  };

  it("go through the cluster's rules into its queue, where the agent reads them and empties it", async () => {
    const clock = new FakeClock();
    const source = new SqsNotices(sqs, clock);
    const read = async (ids: readonly string[]) => {
      clock.advance(5);
      return await source.read({ queueUrl }, { instanceIds: new Set(ids), complete: true }, signal);
    };
    expect(await announce(instanceId, rebalanceEvent(instanceId))).toBe(200);
    expect(await announce(instanceId, { ...spotEvent(instanceId), "detail-type": "EC2 Instance State-change Notification" })).toBe(200);
    expect([...(await read([instanceId])).notices.values()]).toMatchObject([{ kind: "rebalance" }]);
    expect(await announce(instanceId, healthEvent([instanceId]))).toBe(200);
    expect(await announce(instanceId, spotEvent(instanceId))).toBe(200);
    const [notice] = (await read([instanceId])).notices.values();
    expect(notice?.kind).toBe("spot-interruption");
    // Told by the queue's clock: the test's own stands still in another year.
    expect(Math.abs((notice?.deadlineMs ?? 0) - clock.monotonicMs() - 120_000)).toBeLessThan(20_000);
    expect(await read([])).toEqual({ notices: new Map(), droppedCount: 0 });
    expect((await read([instanceId])).notices.size).toBe(0);
  });

  it("are told by EC2 itself where they are scheduled, until they are closed", async () => {
    const clock = new FakeClock();
    const budget = new CallBudget(clock);
    const read = async () => {
      const source = new ScheduledEvents({ ec2: api.ec2, budget, clock });
      const { notices, problem } = await source.read(undefined, { instanceIds: new Set([instanceId]), complete: true }, signal);
      expect(problem).toBeUndefined();
      return [...notices.values()];
    };
    const startTime = "Sat, 05 Dec 2026 15:10:09 GMT";
    await announce(instanceId, healthEvent([instanceId], { startTime }));
    const deadlineMs = clock.monotonicMs() + Date.parse(startTime) - clock.epochMs();
    expect(await read()).toEqual([{ instanceId, kind: "scheduled", what: "instance-retirement", deadlineMs }]);
    await announce(instanceId, healthEvent([instanceId], { statusCode: "closed" }));
    expect(await read()).toEqual([]);
  });

  it("are refused for a machine that does not run, and in another form", async () => {
    expect(await announce("i-0123456789abcdef0", spotEvent(instanceId))).toBe(404);
    const answer = await fetch(`${api.endpointUrl}/rayfleet/machines/${instanceId}/events`, { method: "POST", body: "[]" });
    expect(answer.status).toBe(400);
    expect(await announce(instanceId, healthEvent([instanceId], { startTime: "soon" }))).toBe(400);
  });
});
