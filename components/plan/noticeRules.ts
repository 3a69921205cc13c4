/** An EventBridge rule: the events of the account's default bus that are notices about machines. */
export interface NoticeRule {
  /** Unique in the cluster and stable: part of the resource's name. */
  readonly name: string;
  readonly description: string;
  /** In EventBridge's own form: each key names the values that match. */
  readonly pattern: {
    readonly source: readonly string[];
    readonly "detail-type": readonly string[];
    readonly detail?: Readonly<Record<string, readonly string[]>>;
  };
}

/**
 * What AWS announces about machines before it happens. No event names tags, so each rule matches all machines of the account in the region, and the
 * agent keeps what concerns its own.
 *
 * State changes of instances are not among them: the group and Ray tell of a machine that ends within seconds, and each machine that the agent ends would make
 * two messages.
 *
 * @see docs.aws.amazon.com/AWSEC2/latest/UserGuide/monitoring-instance-state-changes.html and .../health/latest/ug/aws-health-events-eventbridge-schema.html
 */
export const noticeRules: readonly NoticeRule[] = [
  {
    name: "spot",
    description: "AWS takes a spot machine back in two minutes",
    pattern: { source: ["aws.ec2"], "detail-type": ["EC2 Spot Instance Interruption Warning"] },
  },
  {
    name: "rebalance",
    description: "A spot machine is at a higher risk of being taken back",
    pattern: { source: ["aws.ec2"], "detail-type": ["EC2 Instance Rebalance Recommendation"] },
  },
  {
    name: "scheduled",
    description: "AWS will retire, stop or reboot a machine, or work on its host",
    pattern: {
      source: ["aws.health"],
      "detail-type": ["AWS Health Event"],
      detail: { service: ["EC2"], eventTypeCategory: ["scheduledChange"] },
    },
  },
];
