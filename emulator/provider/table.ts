import { autoScalingGroup } from "./resources/autoScalingGroup";
import { logGroup, metricAlarm } from "./resources/cloudWatch";
import { cacheSubnetGroup, replicationGroup } from "./resources/elastiCache";
import { eventRule, eventTarget } from "./resources/eventBridge";
import { defaultSecurityGroup, securityGroup, securityGroupEgressRule, securityGroupIngressRule } from "./resources/firewall";
import { flowLog } from "./resources/flowLog";
import { eip, natGateway, vpcEndpoint } from "./resources/gateway";
import { instanceProfile, role, rolePolicy, rolePolicyAttachment } from "./resources/iam";
import { instance } from "./resources/instance";
import { launchTemplate } from "./resources/launchTemplate";
import { networkInterface } from "./resources/networkInterface";
import { route, routeTable, routeTableAssociation } from "./resources/routing";
import { bucket } from "./resources/s3Bucket";
import {
  bucketLifecycleConfiguration,
  bucketOwnershipControls,
  bucketPolicy,
  bucketPublicAccessBlock,
  bucketServerSideEncryptionConfiguration,
  bucketVersioning,
} from "./resources/s3BucketSettings";
import { bucketObject } from "./resources/s3Object";
import { secret, secretVersion } from "./resources/secretsManager";
import { snsTopic } from "./resources/snsTopic";
import { sqsQueue, sqsQueuePolicy } from "./resources/sqsQueue";
import { ssmParameter } from "./resources/ssmParameter";
import { internetGateway, subnet, vpc } from "./resources/vpc";
import type { ResourceType } from "./resourceType";

/** Every AWS resource type that the emulator can make, by Pulumi type token. */
export const table: Readonly<Record<string, ResourceType>> = {
  "aws:autoscaling/group:Group": autoScalingGroup,
  "aws:cloudwatch/eventRule:EventRule": eventRule,
  "aws:cloudwatch/eventTarget:EventTarget": eventTarget,
  "aws:cloudwatch/logGroup:LogGroup": logGroup,
  "aws:cloudwatch/metricAlarm:MetricAlarm": metricAlarm,
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": defaultSecurityGroup,
  "aws:ec2/eip:Eip": eip,
  "aws:ec2/flowLog:FlowLog": flowLog,
  "aws:ec2/instance:Instance": instance,
  "aws:ec2/internetGateway:InternetGateway": internetGateway,
  "aws:ec2/launchTemplate:LaunchTemplate": launchTemplate,
  "aws:ec2/natGateway:NatGateway": natGateway,
  "aws:ec2/networkInterface:NetworkInterface": networkInterface,
  "aws:ec2/route:Route": route,
  "aws:ec2/routeTable:RouteTable": routeTable,
  "aws:ec2/routeTableAssociation:RouteTableAssociation": routeTableAssociation,
  "aws:ec2/securityGroup:SecurityGroup": securityGroup,
  "aws:ec2/subnet:Subnet": subnet,
  "aws:ec2/vpc:Vpc": vpc,
  "aws:ec2/vpcEndpoint:VpcEndpoint": vpcEndpoint,
  "aws:elasticache/replicationGroup:ReplicationGroup": replicationGroup,
  "aws:elasticache/subnetGroup:SubnetGroup": cacheSubnetGroup,
  "aws:iam/instanceProfile:InstanceProfile": instanceProfile,
  "aws:iam/role:Role": role,
  "aws:iam/rolePolicy:RolePolicy": rolePolicy,
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": rolePolicyAttachment,
  "aws:s3/bucket:Bucket": bucket,
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": bucketLifecycleConfiguration,
  "aws:s3/bucketObjectv2:BucketObjectv2": bucketObject,
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": bucketOwnershipControls,
  "aws:s3/bucketPolicy:BucketPolicy": bucketPolicy,
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": bucketPublicAccessBlock,
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": bucketServerSideEncryptionConfiguration,
  "aws:s3/bucketVersioning:BucketVersioning": bucketVersioning,
  "aws:secretsmanager/secret:Secret": secret,
  "aws:secretsmanager/secretVersion:SecretVersion": secretVersion,
  "aws:sns/topic:Topic": snsTopic,
  "aws:sqs/queue:Queue": sqsQueue,
  "aws:sqs/queuePolicy:QueuePolicy": sqsQueuePolicy,
  "aws:ssm/parameter:Parameter": ssmParameter,
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": securityGroupEgressRule,
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": securityGroupIngressRule,
};
