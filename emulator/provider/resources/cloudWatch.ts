import {
  type ComparisonOperator,
  DeleteAlarmsCommand,
  DescribeAlarmsCommand,
  ListTagsForResourceCommand,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
  type StandardUnit,
  type Statistic,
  TagResourceCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-cloudwatch";
import {
  CreateLogGroupCommand,
  DeleteLogGroupCommand,
  DeleteRetentionPolicyCommand,
  DescribeLogGroupsCommand,
  ListTagsLogGroupCommand,
  type LogGroupClass,
  PutRetentionPolicyCommand,
  TagLogGroupCommand,
  UntagLogGroupCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import type { LogGroupArgs, LogGroupState } from "@pulumi/aws/cloudwatch/logGroup";
import type { MetricAlarmArgs, MetricAlarmState } from "@pulumi/aws/cloudwatch/metricAlarm";
import { ignoreGone, orGone } from "../awsError";
import type { AwsSession } from "../awsSession";
import { defineResourceType, type InputsOf } from "../resourceType";
import { fromTagList, tagChanges, toTagList } from "../tags";

function alarmParameters(AlarmName: string, inputs: InputsOf<MetricAlarmArgs>): PutMetricAlarmCommandInput {
  return {
    AlarmName,
    AlarmDescription: inputs.alarmDescription,
    ActionsEnabled: inputs.actionsEnabled,
    AlarmActions: inputs.alarmActions,
    OKActions: inputs.okActions,
    InsufficientDataActions: inputs.insufficientDataActions,
    ComparisonOperator: inputs.comparisonOperator as ComparisonOperator,
    DatapointsToAlarm: inputs.datapointsToAlarm,
    Dimensions: Object.entries(inputs.dimensions ?? {}).map(([Name, Value]) => ({ Name, Value })),
    EvaluationPeriods: inputs.evaluationPeriods,
    ExtendedStatistic: inputs.extendedStatistic,
    MetricName: inputs.metricName,
    Namespace: inputs.namespace,
    Period: inputs.period,
    Statistic: inputs.statistic as Statistic | undefined,
    Threshold: inputs.threshold,
    TreatMissingData: inputs.treatMissingData,
    Unit: inputs.unit as StandardUnit | undefined,
    Tags: toTagList(inputs.tags),
  };
}

async function describeAlarm(aws: AwsSession, name: string) {
  return (await aws.cloudWatch.send(new DescribeAlarmsCommand({ AlarmNames: [name] }))).MetricAlarms?.[0];
}

export const metricAlarm = defineResourceType<MetricAlarmArgs, MetricAlarmState>({
  nameProperty: "name",
  required: ["comparisonOperator", "evaluationPeriods"],
  replaceOn: ["name"],
  updateOn: [
    "actionsEnabled",
    "alarmActions",
    "alarmDescription",
    "comparisonOperator",
    "datapointsToAlarm",
    "dimensions",
    "evaluationPeriods",
    "extendedStatistic",
    "insufficientDataActions",
    "metricName",
    "namespace",
    "okActions",
    "period",
    "statistic",
    "threshold",
    "treatMissingData",
    "unit",
  ],
  taggable: true,
  create: async ({ inputs, aws, name }) => {
    await aws.cloudWatch.send(new PutMetricAlarmCommand(alarmParameters(name, inputs)));
    return name;
  },
  find: async ({ name, aws }) => (await describeAlarm(aws, name))?.AlarmName,
  read: async ({ id, aws }) => {
    const found = await describeAlarm(aws, id);
    if (found === undefined) return undefined;
    const tags = await aws.cloudWatch.send(new ListTagsForResourceCommand({ ResourceARN: found.AlarmArn }));
    return {
      arn: found.AlarmArn,
      name: found.AlarmName,
      comparisonOperator: found.ComparisonOperator,
      evaluationPeriods: found.EvaluationPeriods,
      metricName: found.MetricName,
      namespace: found.Namespace,
      period: found.Period,
      statistic: found.Statistic,
      threshold: found.Threshold,
      alarmDescription: found.AlarmDescription,
      tags: fromTagList(tags.Tags),
    };
  },
  update: async ({ id, aws, inputs, previousInputs, outputs }) => {
    await aws.cloudWatch.send(new PutMetricAlarmCommand(alarmParameters(id, inputs)));
    // Tags of an alarm that exists are not touched by putting it again.
    const { set, removed } = tagChanges(previousInputs.tags, inputs.tags);
    const ResourceARN = String(outputs.arn);
    if (removed.length > 0) await aws.cloudWatch.send(new UntagResourceCommand({ ResourceARN, TagKeys: removed }));
    if (Object.keys(set).length > 0) await aws.cloudWatch.send(new TagResourceCommand({ ResourceARN, Tags: toTagList(set) }));
  },
  delete: ({ id, aws }) => ignoreGone(aws.cloudWatch.send(new DeleteAlarmsCommand({ AlarmNames: [id] }))),
});

async function describeLogGroup(aws: AwsSession, name: string) {
  const { logGroups } = await aws.cloudWatchLogs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: name }));
  return logGroups?.find((group) => group.logGroupName === name);
}

async function setRetention(aws: AwsSession, logGroupName: string, days: number | undefined): Promise<void> {
  // The provider's 0 means for ever, which AWS says by having no policy.
  if (days === undefined || days === 0) await ignoreGone(aws.cloudWatchLogs.send(new DeleteRetentionPolicyCommand({ logGroupName })));
  else await aws.cloudWatchLogs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: days }));
}

export const logGroup = defineResourceType<LogGroupArgs, LogGroupState>({
  nameProperty: "name",
  required: [],
  replaceOn: ["name", "namePrefix", "logGroupClass", "kmsKeyId"],
  updateOn: ["retentionInDays", "skipDestroy"],
  taggable: true,
  create: async ({ inputs, aws, name }) => {
    await aws.cloudWatchLogs.send(
      new CreateLogGroupCommand({
        logGroupName: name,
        kmsKeyId: inputs.kmsKeyId,
        logGroupClass: inputs.logGroupClass as LogGroupClass | undefined,
        tags: { ...inputs.tags },
      }),
    );
    return name;
  },
  complete: async ({ id, inputs, aws }) => {
    if ((inputs.retentionInDays ?? 0) > 0) await setRetention(aws, id, inputs.retentionInDays);
  },
  find: async ({ name, aws }) => (await describeLogGroup(aws, name))?.logGroupName,
  read: async ({ id, aws }) => {
    const found = await describeLogGroup(aws, id);
    if (found === undefined) return undefined;
    const tags = await orGone(aws.cloudWatchLogs.send(new ListTagsLogGroupCommand({ logGroupName: id })));
    const entries = Object.entries(tags?.tags ?? {}).map(([Key, Value]) => ({ Key, Value }));
    // The provider's ARN has no `:*` at its end, AWS's has.
    const arn = found.arn?.replace(/:\*$/, "");
    return { arn, name: id, retentionInDays: found.retentionInDays ?? 0, tags: fromTagList(entries) };
  },
  update: async ({ id, aws, inputs, previousInputs }) => {
    if (inputs.retentionInDays !== previousInputs.retentionInDays) await setRetention(aws, id, inputs.retentionInDays);
    const { set, removed } = tagChanges(previousInputs.tags, inputs.tags);
    if (removed.length > 0) await aws.cloudWatchLogs.send(new UntagLogGroupCommand({ logGroupName: id, tags: removed }));
    if (Object.keys(set).length > 0) await aws.cloudWatchLogs.send(new TagLogGroupCommand({ logGroupName: id, tags: { ...set } }));
  },
  delete: async ({ id, inputs, aws }) => {
    if (inputs.skipDestroy === true) return;
    await ignoreGone(aws.cloudWatchLogs.send(new DeleteLogGroupCommand({ logGroupName: id })));
  },
});
