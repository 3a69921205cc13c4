import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as sqs from "@pulumi/aws/sqs";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterSpec } from "../../contract/clusterSpec";
import { childName } from "../plan/names";
import { noticeRules } from "../plan/noticeRules";
import { noticeQueuePolicy } from "../plan/policies";
import { clusterTags } from "../plan/tags";

/** The agent leaves a message in the queue until its machine is gone; a day also covers a head that was away for a night. */
const RETENTION_SECONDS = 86_400;

/** After this a new agent sees what the one before it had read. */
const VISIBILITY_SECONDS = 60;

export interface AwsNoticesArgs {
  readonly spec: ClusterSpec;
}

/**
 * How the agent hears from AWS that machines will be taken back, retired or rebooted: a queue of the cluster and EventBridge rules that fill it.
 * Encrypted at rest and on the way; only these rules write into it.
 *
 * Cost (us-east-1, 2026-07): events of AWS services are free; the agent asks every 5 seconds, 0.52 million requests a month, where the account's first million
 * is free and the next costs 0.40 USD.
 */
export class AwsNotices extends pulumi.ComponentResource {
  readonly queueUrl: pulumi.Output<string>;
  readonly queueArn: pulumi.Output<string>;

  constructor(name: string, args: AwsNoticesArgs, options?: pulumi.ComponentResourceOptions) {
    super("rayfleet:index:AwsNotices", name, {}, options);
    const tags = clusterTags(args.spec.name, args.spec.tags);
    const queueName = childName(name, "notices");
    const queue = new sqs.Queue(
      queueName,
      { messageRetentionSeconds: RETENTION_SECONDS, visibilityTimeoutSeconds: VISIBILITY_SECONDS, sqsManagedSseEnabled: true, tags },
      { parent: this },
    );
    const rules = noticeRules.map(({ name: ruleName, description, pattern }) => {
      const child = childName(name, "notice", ruleName);
      const eventPattern = JSON.stringify(pattern);
      return { child, rule: new cloudwatch.EventRule(child, { description, eventPattern, tags }, { parent: this }) };
    });
    const policy = pulumi
      .all([queue.arn, pulumi.all(rules.map(({ rule }) => rule.arn))])
      .apply(([queueArn, ruleArns]) => JSON.stringify(noticeQueuePolicy({ queueArn, ruleArns })));
    const queuePolicy = new sqs.QueuePolicy(queueName, { queueUrl: queue.url, policy }, { parent: this });
    for (const { child, rule } of rules) {
      // EventBridge drops what it may not deliver, so the policy comes first.
      new cloudwatch.EventTarget(child, { rule: rule.name, arn: queue.arn, targetId: "agent" }, { parent: this, dependsOn: [queuePolicy] });
    }
    this.queueUrl = queue.url;
    this.queueArn = queue.arn;
    this.registerOutputs({ queueUrl: this.queueUrl });
  }
}
