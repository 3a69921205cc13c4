import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterSpec } from "../../contract/clusterSpec";
import { type HeadPlan, planHead } from "../plan/headPlan";
import { childName } from "../plan/names";
import { METRIC_NAMESPACE } from "../plan/policies";
import { clusterTags } from "../plan/tags";

export interface AwsWatchdogArgs {
  readonly spec: ClusterSpec;
  readonly headInstanceId: pulumi.Input<string>;
  readonly region: pulumi.Input<string>;
  readonly partition: pulumi.Input<string>;
}

const PERIOD_SECONDS = 60;

/** A machine that reboots has Ray and the agent back in less; a restarted agent needs seconds. */
const SILENT_PERIODS = 10;

/** AWS wants two failed checks in a row before it moves a machine. */
const FAILED_SYSTEM_PERIODS = 2;

/** A machine that reboots by itself answers again within this. */
const FAILED_INSTANCE_PERIODS = 5;

/**
 * Alarms for a cluster that nobody looks at: the agent sends no heartbeat, or the head fails its status checks. A head whose system hangs is
 * rebooted, one on failed hardware is moved; both keep its address. Told to an SNS topic when the stack file names one.
 *
 * While the first head boots, the alarm of the agent shows `ALARM`, however many minutes it waits: CloudWatch counts the time before the
 * first heartbeat as silent, also that before the alarm was made. It is over with the first heartbeat; a topic is told of both.
 *
 * AWS moves no machine with local disks, which the default r5dn class has, and refuses an alarm that would: for those the alarm only tells,
 * and a person stops and starts the head, or replaces it.
 *
 * Cost (us-east-1, 2026-07): 0.10 USD a month for each of the three alarms.
 */
export class AwsWatchdog extends pulumi.ComponentResource {
  constructor(name: string, args: AwsWatchdogArgs, options?: pulumi.ComponentResourceOptions) {
    super("rayfleet:index:AwsWatchdog", name, {}, options);
    const { snsTopicArn } = args.spec.watchdog;
    const notify = snsTopicArn === undefined ? [] : [snsTopicArn];
    createHeartbeatAlarm(this, name, args, notify);
    const automate = (action: string): pulumi.Output<string> =>
      pulumi.interpolate`arn:${args.partition}:automate:${args.region}:ec2:${action}`;
    const isMoved = canBeMoved(planHead(args.spec));
    createStatusAlarm(this, name, {
      ...args,
      role: "head-hardware",
      metricName: "StatusCheckFailed_System",
      periods: FAILED_SYSTEM_PERIODS,
      description: isMoved
        ? "The head's host has failed; AWS moves the head to another one"
        : "The head's host has failed; stop and start the head, because AWS does not move a machine with local disks",
      alarmActions: isMoved ? [automate("recover"), ...notify] : notify,
      okActions: notify,
    });
    createStatusAlarm(this, name, {
      ...args,
      role: "head-system",
      metricName: "StatusCheckFailed_Instance",
      periods: FAILED_INSTANCE_PERIODS,
      description: "The head's operating system does not answer; it is rebooted",
      alarmActions: [automate("reboot"), ...notify],
      okActions: notify,
    });
    this.registerOutputs({});
  }
}

/**
 * Whether AWS moves the head when its host fails. CloudWatch checks it when the alarm is made and refuses the action for other machines.
 *
 * @see docs.aws.amazon.com/AWSEC2/latest/UserGuide/cloudwatch-recovery.html
 */
function canBeMoved({ instanceType, hasInstanceStore }: HeadPlan): boolean {
  return !hasInstanceStore && !instanceType.includes(".metal");
}

function createHeartbeatAlarm(parent: pulumi.Resource, name: string, args: AwsWatchdogArgs, notify: readonly string[]): void {
  const { spec } = args;
  new cloudwatch.MetricAlarm(
    childName(name, "agent-silent"),
    {
      alarmDescription: `The autoscaler agent of ${spec.name} sends no heartbeat; nothing is added or removed`,
      namespace: METRIC_NAMESPACE,
      metricName: "AgentHeartbeat",
      dimensions: { ClusterName: spec.name },
      statistic: "SampleCount",
      comparisonOperator: "LessThanThreshold",
      threshold: 1,
      period: PERIOD_SECONDS,
      evaluationPeriods: SILENT_PERIODS,
      // An agent that is gone sends nothing at all; with any other setting the alarm would never ring.
      treatMissingData: "breaching",
      alarmActions: [...notify],
      okActions: [...notify],
      tags: clusterTags(spec.name, spec.tags),
    },
    { parent },
  );
}

interface StatusAlarmArgs extends AwsWatchdogArgs {
  readonly role: string;
  readonly metricName: "StatusCheckFailed_System" | "StatusCheckFailed_Instance";
  readonly periods: number;
  readonly description: string;
  readonly alarmActions: readonly pulumi.Input<string>[];
  readonly okActions: readonly pulumi.Input<string>[];
}

function createStatusAlarm(parent: pulumi.Resource, name: string, args: StatusAlarmArgs): void {
  new cloudwatch.MetricAlarm(
    childName(name, args.role),
    {
      alarmDescription: args.description,
      namespace: "AWS/EC2",
      metricName: args.metricName,
      dimensions: { InstanceId: args.headInstanceId },
      statistic: "Maximum",
      comparisonOperator: "GreaterThanOrEqualToThreshold",
      threshold: 1,
      period: PERIOD_SECONDS,
      evaluationPeriods: args.periods,
      // Nothing is measured of a machine that is being made.
      treatMissingData: "notBreaching",
      alarmActions: [...args.alarmActions],
      okActions: [...args.okActions],
      tags: clusterTags(args.spec.name, args.spec.tags),
    },
    { parent },
  );
}
