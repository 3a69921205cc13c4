import type { Properties } from "../../../emulator/provider/resourceType";
import { IMAGE, REGION, type TestWorld, trustPolicy } from "./testWorld";

/** One resource type's life: what it is made from, what it must tell, what changes in place, and what needs a new one. */
export interface ResourceCase {
  readonly type: string;
  inputs(world: TestWorld): Properties | Promise<Properties>;
  /** Outputs that programs use: present and not empty. */
  readonly outputs: readonly string[];
  /** Inputs that change in place, and how a read must show them afterwards. */
  update?(world: TestWorld): Properties | Promise<Properties>;
  /** Keys of the update that AWS does not tell. */
  readonly unreadable?: readonly string[];
  /** A change that needs a new resource. */
  readonly replacedBy?: Properties;
  /** Removing it only forgets it. */
  readonly staysAfterDelete?: boolean;
}

const tags = { cluster: "demo", note: "one" };
const otherTags = { cluster: "demo", note: "two", added: "yes" };
const policy = (action: string) =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: action, Resource: "*" }] });
const bucketPolicy = (bucket: string, action: string) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { AWS: "123456789012" }, Action: action, Resource: `arn:aws:s3:::${bucket}/*` }],
  });

const queuePolicy = (action: string) =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal: "*", Action: action, Resource: "*" }] });

const network: ResourceCase[] = [
  {
    type: "aws:ec2/vpc:Vpc",
    inputs: () => ({ cidrBlock: "10.9.0.0/16", enableDnsHostnames: true, tags }),
    outputs: ["arn", "mainRouteTableId", "defaultSecurityGroupId", "defaultNetworkAclId", "ownerId", "region"],
    update: () => ({ enableDnsHostnames: false, tags: otherTags }),
    replacedBy: { cidrBlock: "10.8.0.0/16" },
  },
  {
    type: "aws:ec2/subnet:Subnet",
    inputs: ({ ids }) => ({ vpcId: ids.vpc, cidrBlock: "10.0.64.0/20", availabilityZone: `${REGION}a`, mapPublicIpOnLaunch: true, tags }),
    outputs: ["arn", "availabilityZoneId"],
    update: () => ({ mapPublicIpOnLaunch: false, tags: otherTags }),
    replacedBy: { cidrBlock: "10.0.80.0/20" },
  },
  {
    type: "aws:ec2/internetGateway:InternetGateway",
    inputs: () => ({ tags }),
    outputs: ["arn"],
    update: () => ({ tags: otherTags }),
  },
  {
    type: "aws:ec2/eip:Eip",
    inputs: () => ({ domain: "vpc", tags }),
    outputs: ["arn", "allocationId", "publicIp"],
    update: () => ({ tags: otherTags }),
    replacedBy: { domain: "standard" },
  },
  {
    type: "aws:ec2/natGateway:NatGateway",
    inputs: ({ ids }) => ({ subnetId: ids.subnet, allocationId: ids.address, tags }),
    outputs: ["networkInterfaceId", "privateIp"],
    update: () => ({ tags: otherTags }),
    replacedBy: { subnetId: "subnet-other" },
  },
  {
    type: "aws:ec2/routeTable:RouteTable",
    inputs: ({ ids }) => ({ vpcId: ids.vpc, tags }),
    outputs: ["arn", "ownerId"],
    update: () => ({ tags: otherTags }),
    replacedBy: { vpcId: "vpc-other" },
  },
  {
    type: "aws:ec2/route:Route",
    inputs: ({ ids }) => ({ routeTableId: ids.table, destinationCidrBlock: "0.0.0.0/0", gatewayId: ids.gateway }),
    outputs: ["state", "origin"],
    replacedBy: { destinationCidrBlock: "192.0.2.0/24" },
  },
  {
    type: "aws:ec2/routeTableAssociation:RouteTableAssociation",
    inputs: ({ ids }) => ({ routeTableId: ids.table, subnetId: ids.subnet }),
    outputs: ["routeTableId"],
    replacedBy: { subnetId: "subnet-other" },
  },
  {
    type: "aws:ec2/vpcEndpoint:VpcEndpoint",
    inputs: ({ ids }) => ({ vpcId: ids.vpc, serviceName: `com.amazonaws.${REGION}.s3`, routeTableIds: [ids.table], tags }),
    outputs: ["arn", "state"],
    update: () => ({ tags: otherTags }),
    replacedBy: { serviceName: `com.amazonaws.${REGION}.dynamodb` },
  },
  {
    type: "aws:ec2/vpcEndpoint:VpcEndpoint",
    inputs: ({ ids }) => ({
      vpcId: ids.vpc,
      serviceName: `com.amazonaws.${REGION}.ssm`,
      vpcEndpointType: "Interface",
      subnetIds: [ids.subnet],
      securityGroupIds: [ids.group],
      privateDnsEnabled: true,
    }),
    outputs: ["networkInterfaceIds"],
    replacedBy: { vpcEndpointType: "Gateway" },
  },
  {
    type: "aws:ec2/flowLog:FlowLog",
    inputs: ({ ids, arns }) => ({ vpcId: ids.vpc, iamRoleArn: arns.role, logDestination: arns.logGroup, trafficType: "REJECT", tags }),
    outputs: ["arn", "logDestinationType"],
    update: () => ({ tags: otherTags }),
    replacedBy: { trafficType: "ALL" },
  },
];

const firewall: ResourceCase[] = [
  {
    type: "aws:ec2/securityGroup:SecurityGroup",
    inputs: ({ ids }) => ({ vpcId: ids.vpc, description: "workers", tags }),
    outputs: ["arn", "name", "ownerId"],
    update: () => ({ tags: otherTags }),
    replacedBy: { description: "others" },
  },
  {
    type: "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
    inputs: ({ ids }) => ({ vpcId: ids.vpc, tags }),
    outputs: ["arn", "name"],
    update: () => ({ tags: otherTags }),
    replacedBy: { vpcId: "vpc-other" },
    staysAfterDelete: true,
  },
  {
    type: "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    inputs: ({ ids }) => ({
      securityGroupId: ids.group,
      cidrIpv4: "192.0.2.0/24",
      ipProtocol: "tcp",
      fromPort: 8265,
      toPort: 8265,
      description: "dashboard",
    }),
    outputs: ["arn", "securityGroupRuleId"],
    update: () => ({ description: "the dashboard" }),
    replacedBy: { fromPort: 8264 },
  },
  {
    type: "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    inputs: ({ ids }) => ({ securityGroupId: ids.group, referencedSecurityGroupId: ids.group, ipProtocol: "-1" }),
    outputs: ["securityGroupRuleId"],
    replacedBy: { ipProtocol: "tcp" },
  },
  {
    type: "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
    inputs: ({ ids }) => ({ securityGroupId: ids.group, cidrIpv4: "0.0.0.0/0", ipProtocol: "-1", description: "out", tags }),
    outputs: ["securityGroupRuleId"],
    update: () => ({ tags: otherTags }),
    replacedBy: { cidrIpv4: "192.0.2.0/24" },
  },
];

const machines: ResourceCase[] = [
  {
    type: "aws:ec2/launchTemplate:LaunchTemplate",
    inputs: ({ ids }) => ({
      imageId: IMAGE,
      instanceType: "m6i.large",
      updateDefaultVersion: true,
      userData: Buffer.from("#!/bin/sh\n").toString("base64"),
      vpcSecurityGroupIds: [ids.group],
      metadataOptions: { httpTokens: "required", httpPutResponseHopLimit: 1 },
      blockDeviceMappings: [
        { deviceName: "/dev/xvda", ebs: { volumeSize: 50, volumeType: "gp3", encrypted: "true", deleteOnTermination: "true" } },
      ],
      tagSpecifications: [{ resourceType: "instance", tags }],
      tags,
    }),
    outputs: ["arn", "name", "latestVersion", "defaultVersion"],
    update: () => ({ instanceType: "m7i.large", tags: otherTags }),
    replacedBy: { name: "another" },
  },
  {
    type: "aws:ec2/networkInterface:NetworkInterface",
    inputs: ({ ids }) => ({ subnetId: ids.subnet, privateIps: ["10.0.0.77"], securityGroups: [ids.group], description: "head", tags }),
    outputs: ["arn", "privateIp", "ownerId"],
    update: () => ({ description: "the head", tags: otherTags }),
    replacedBy: { privateIps: ["10.0.0.78"] },
  },
  {
    type: "aws:ec2/instance:Instance",
    inputs: ({ ids, names }) => ({
      ami: IMAGE,
      iamInstanceProfile: names.profile,
      instanceType: "m6i.large",
      subnetId: ids.subnet,
      vpcSecurityGroupIds: [ids.group],
      userData: "#!/bin/sh\necho one\n",
      metadataOptions: { httpTokens: "required", httpPutResponseHopLimit: 1 },
      rootBlockDevice: { volumeSize: 100, volumeType: "gp3", encrypted: true },
      tags,
    }),
    outputs: ["arn", "privateIp", "privateDns", "availabilityZone", "primaryNetworkInterfaceId", "instanceState"],
    update: ({ names }) => ({
      iamInstanceProfile: names.otherProfile,
      instanceType: "m7i.large",
      userData: "#!/bin/sh\necho two\n",
      tags: otherTags,
    }),
    unreadable: ["userData"],
    replacedBy: { ami: "ami-other" },
  },
  {
    type: "aws:autoscaling/group:Group",
    inputs: ({ ids }) => ({
      minSize: 0,
      maxSize: 3,
      desiredCapacity: 1,
      vpcZoneIdentifiers: [ids.subnet, ids.otherSubnet],
      protectFromScaleIn: true,
      suspendedProcesses: ["AZRebalance"],
      forceDelete: true,
      mixedInstancesPolicy: {
        instancesDistribution: {
          onDemandBaseCapacity: 0,
          onDemandPercentageAboveBaseCapacity: 0,
          spotAllocationStrategy: "price-capacity-optimized",
        },
        launchTemplate: {
          launchTemplateSpecification: { launchTemplateId: ids.template, version: "$Latest" },
          overrides: [{ instanceType: "m6i.large" }, { instanceType: "m7i.large" }],
        },
      },
      tags: [{ key: "cluster", value: "demo", propagateAtLaunch: true }],
    }),
    outputs: ["arn", "name", "availabilityZones"],
    update: () => ({
      maxSize: 5,
      suspendedProcesses: ["AZRebalance", "AlarmNotification"].sort(),
      tags: [{ key: "cluster", value: "other", propagateAtLaunch: true }],
    }),
    replacedBy: { name: "another" },
  },
];

const identity: ResourceCase[] = [
  {
    type: "aws:iam/role:Role",
    inputs: () => ({ assumeRolePolicy: trustPolicy, description: "head", maxSessionDuration: 3600, tags }),
    outputs: ["arn", "name", "uniqueId"],
    update: () => ({ description: "the head", tags: otherTags }),
    replacedBy: { path: "/other/" },
  },
  {
    type: "aws:iam/rolePolicy:RolePolicy",
    inputs: ({ names }) => ({ role: names.role, policy: policy("ec2:DescribeInstances") }),
    outputs: ["name"],
    update: () => ({ policy: policy("ec2:DescribeTags") }),
    replacedBy: { role: "another" },
  },
  {
    type: "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    inputs: ({ names }) => ({ role: names.role, policyArn: "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore" }),
    outputs: ["role"],
    replacedBy: { policyArn: "arn:aws:iam::aws:policy/ReadOnlyAccess" },
  },
  {
    type: "aws:iam/instanceProfile:InstanceProfile",
    inputs: ({ names }) => ({ role: names.role, tags }),
    outputs: ["arn", "name", "uniqueId"],
    update: () => ({ tags: otherTags }),
    replacedBy: { name: "another" },
  },
];

const storage: ResourceCase[] = [
  {
    type: "aws:s3/bucket:Bucket",
    inputs: () => ({ forceDestroy: true, tags }),
    outputs: ["arn", "bucket", "bucketDomainName", "bucketRegionalDomainName"],
    update: () => ({ tags: otherTags }),
    replacedBy: { bucket: "another" },
  },
  {
    type: "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    inputs: ({ names }) => ({ bucket: names.bucket, blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true }),
    outputs: ["bucket"],
    update: () => ({ restrictPublicBuckets: true }),
    replacedBy: { bucket: "another" },
  },
  {
    type: "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    inputs: ({ names }) => ({ bucket: names.bucket, rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }] }),
    outputs: ["rules"],
    replacedBy: { bucket: "another" },
  },
  {
    type: "aws:s3/bucketPolicy:BucketPolicy",
    inputs: ({ names }) => ({ bucket: names.bucket, policy: bucketPolicy(names.bucket, "s3:GetObject") }),
    outputs: ["policy"],
    update: ({ names }) => ({ policy: bucketPolicy(names.bucket, "s3:*") }),
    replacedBy: { bucket: "another" },
  },
  {
    type: "aws:s3/bucketVersioning:BucketVersioning",
    inputs: ({ names }) => ({ bucket: names.bucket, versioningConfiguration: { status: "Enabled" } }),
    outputs: ["versioningConfiguration"],
    update: () => ({ versioningConfiguration: { status: "Suspended" } }),
    replacedBy: { bucket: "another" },
    staysAfterDelete: true,
  },
  {
    type: "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
    inputs: ({ names }) => ({ bucket: names.bucket, rule: { objectOwnership: "BucketOwnerPreferred" } }),
    outputs: ["rule"],
    update: () => ({ rule: { objectOwnership: "BucketOwnerEnforced" } }),
    replacedBy: { bucket: "another" },
  },
  {
    type: "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    inputs: ({ names }) => ({
      bucket: names.bucket,
      rules: [{ id: "boot", status: "Enabled", filter: { prefix: "boot/" }, expiration: { days: 7 } }],
    }),
    outputs: ["bucket"],
    replacedBy: { bucket: "another" },
  },
  {
    type: "aws:s3/bucketObjectv2:BucketObjectv2",
    inputs: async ({ names, asset }) => ({
      bucket: names.bucket,
      key: "machine/head.json",
      source: await asset("one"),
      contentType: "application/json",
      tags,
    }),
    outputs: ["arn", "etag"],
    update: async ({ asset }) => ({ source: await asset("two"), tags: otherTags }),
    unreadable: ["source"],
    replacedBy: { key: "machine/other.json" },
  },
  {
    type: "aws:s3/bucketObjectv2:BucketObjectv2",
    inputs: ({ names }) => ({ bucket: names.bucket, key: "text", content: "hello" }),
    outputs: ["etag"],
    update: () => ({ contentType: "text/plain" }),
    replacedBy: { bucket: "another" },
  },
];

const services: ResourceCase[] = [
  {
    type: "aws:secretsmanager/secretVersion:SecretVersion",
    inputs: async ({ make }) => ({ secretId: (await make("aws:secretsmanager/secret:Secret", {})).id, secretString: "one" }),
    outputs: ["arn", "versionId"],
    replacedBy: { secretString: "two" },
    staysAfterDelete: true,
  },
  {
    type: "aws:elasticache/subnetGroup:SubnetGroup",
    inputs: ({ ids }) => ({ description: "cache", subnetIds: [ids.subnet, ids.otherSubnet], tags }),
    outputs: ["arn", "name", "vpcId"],
    update: () => ({ tags: otherTags }),
    replacedBy: { description: "another" },
  },
  {
    type: "aws:elasticache/replicationGroup:ReplicationGroup",
    inputs: async ({ ids, make }) => ({
      description: "cache",
      engine: "valkey",
      engineVersion: "8.0",
      nodeType: "cache.t4g.small",
      port: 6379,
      numCacheClusters: 2,
      automaticFailoverEnabled: true,
      multiAzEnabled: true,
      subnetGroupName: (await make("aws:elasticache/subnetGroup:SubnetGroup", { subnetIds: [ids.subnet] })).id,
      securityGroupIds: [ids.group],
      transitEncryptionEnabled: true,
      atRestEncryptionEnabled: true,
      authToken: "a".repeat(64),
      snapshotRetentionLimit: 1,
      applyImmediately: true,
      tags,
    }),
    outputs: ["arn", "primaryEndpointAddress", "replicationGroupId"],
    update: () => ({ description: "the cache", nodeType: "cache.t4g.medium", snapshotRetentionLimit: 2, tags: otherTags }),
    replacedBy: { engineVersion: "8.1" },
  },
  {
    type: "aws:secretsmanager/secret:Secret",
    inputs: () => ({ description: "token", recoveryWindowInDays: 0, tags }),
    outputs: ["arn", "name"],
    update: () => ({ description: "the token", tags: otherTags }),
    replacedBy: { name: "another" },
  },
  {
    type: "aws:ssm/parameter:Parameter",
    inputs: () => ({ name: "/rayfleet/demo/agent", type: "String", value: "{}", tags }),
    outputs: ["arn", "version"],
    update: () => ({ value: '{"a":1}', tags: otherTags }),
    replacedBy: { name: "/rayfleet/other/agent" },
  },
  {
    type: "aws:ssm/parameter:Parameter",
    inputs: () => ({ type: "SecureString", value: "s3cret" }),
    outputs: ["arn", "name"],
    update: () => ({ value: "s3cret2" }),
    replacedBy: { name: "another" },
  },
  {
    type: "aws:cloudwatch/metricAlarm:MetricAlarm",
    inputs: () => ({
      comparisonOperator: "LessThanThreshold",
      evaluationPeriods: 3,
      metricName: "Heartbeat",
      namespace: "Rayfleet",
      period: 60,
      statistic: "Sum",
      threshold: 1,
      treatMissingData: "breaching",
      dimensions: { cluster: "demo" },
      tags,
    }),
    outputs: ["arn", "name"],
    update: () => ({ threshold: 2, alarmDescription: "silent", tags: otherTags }),
    replacedBy: { name: "another" },
  },
  {
    type: "aws:cloudwatch/logGroup:LogGroup",
    inputs: () => ({ retentionInDays: 14, tags }),
    outputs: ["arn", "name"],
    update: () => ({ retentionInDays: 30, tags: otherTags }),
    replacedBy: { name: "another" },
  },
  {
    type: "aws:cloudwatch/eventRule:EventRule",
    inputs: () => ({ eventPattern: '{"source":["aws.ec2"]}', description: "machines", tags }),
    outputs: ["arn", "name"],
    update: () => ({ eventPattern: '{"source":["aws.health"]}', description: "all machines", tags: otherTags }),
    replacedBy: { name: "another" },
  },
  {
    type: "aws:cloudwatch/eventTarget:EventTarget",
    inputs: ({ names }) => ({ rule: names.rule, targetId: "agent", arn: `arn:aws:sqs:${REGION}:123456789012:one` }),
    outputs: ["rule", "targetId", "arn"],
    update: () => ({ arn: `arn:aws:sqs:${REGION}:123456789012:two` }),
    replacedBy: { targetId: "another" },
  },
  {
    type: "aws:sqs/queue:Queue",
    inputs: () => ({ messageRetentionSeconds: 3600, sqsManagedSseEnabled: true, tags }),
    outputs: ["arn", "url", "name"],
    update: () => ({ messageRetentionSeconds: 7200, visibilityTimeoutSeconds: 60, tags: otherTags }),
    replacedBy: { name: "another" },
  },
  {
    type: "aws:sqs/queuePolicy:QueuePolicy",
    inputs: ({ urls }) => ({ queueUrl: urls.queue, policy: queuePolicy("sqs:SendMessage") }),
    outputs: ["queueUrl", "policy"],
    update: () => ({ policy: queuePolicy("sqs:ReceiveMessage") }),
    replacedBy: { queueUrl: "https://sqs.us-east-1.amazonaws.com/123456789012/another" },
  },
  {
    type: "aws:sns/topic:Topic",
    inputs: () => ({ displayName: "alarms", tags }),
    outputs: ["arn", "name", "owner"],
    update: () => ({ displayName: "all alarms", tags: otherTags }),
    replacedBy: { name: "another" },
  },
];

export const resourceCases: readonly ResourceCase[] = [...network, ...firewall, ...machines, ...identity, ...storage, ...services];
