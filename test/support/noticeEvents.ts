/** When the events below happened; whole seconds, as AWS writes them. */
export const EVENT_TIME = "2026-11-21T19:00:00Z";

function event<Detail>(source: string, detailType: string, resources: readonly string[], detail: Detail) {
  const id = "7bf73129-1428-4cd3-a780-95db273d1602";
  return {
    version: "0",
    id,
    "detail-type": detailType,
    source,
    account: "123456789012",
    time: EVENT_TIME,
    region: "us-east-1",
    resources,
    detail,
  };
}

const arnOf = (instanceId: string) => `arn:aws:ec2:us-east-1:123456789012:instance/${instanceId}`;

/** As in the EC2 user guide, "Spot Instance interruption notices". */
export function spotEvent(instanceId: string) {
  const detail = { "instance-id": instanceId, "instance-action": "terminate" };
  return event("aws.ec2", "EC2 Spot Instance Interruption Warning", [`arn:aws:ec2:us-east-1b:instance/${instanceId}`], detail);
}

/** As in the EC2 user guide, "EC2 instance rebalance recommendations". */
export function rebalanceEvent(instanceId: string) {
  return event("aws.ec2", "EC2 Instance Rebalance Recommendation", [arnOf(instanceId)], { "instance-id": instanceId });
}

/** As in the AWS Health user guide, "AWS Health events Amazon EventBridge schema". */
export function healthEvent(instanceIds: readonly string[], changes: { readonly startTime?: string; readonly statusCode?: string } = {}) {
  const detail = {
    eventArn: "arn:aws:health:us-east-1::event/EC2/AWS_EC2_INSTANCE_RETIREMENT_SCHEDULED/AWS_EC2_INSTANCE_RETIREMENT_SCHEDULED_1",
    service: "EC2",
    eventTypeCode: "AWS_EC2_INSTANCE_RETIREMENT_SCHEDULED",
    eventTypeCategory: "scheduledChange",
    eventScopeCode: "ACCOUNT_SPECIFIC",
    startTime: "Sat, 05 Dec 2026 15:10:09 GMT",
    statusCode: "upcoming",
    eventRegion: "us-east-1",
    eventDescription: [{ language: "en_US", latestDescription: "One or more of your instances are scheduled to be retired." }],
    affectedEntities: instanceIds.map((entityValue) => ({ entityValue, status: "PENDING" })),
    page: "1",
    totalPages: "1",
    ...changes,
  };
  return event("aws.health", "AWS Health Event", instanceIds.map(arnOf), detail);
}
