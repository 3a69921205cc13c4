import * as iam from "@pulumi/aws/iam";
import * as secretsmanager from "@pulumi/aws/secretsmanager";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterSpec } from "../../contract/clusterSpec";
import { childName } from "../plan/names";
import { headPolicy, type PolicyDocument, trustPolicy, workerPolicy } from "../plan/policies";
import { clusterTags, type MachineRole } from "../plan/tags";

export interface AwsIdentityArgs {
  readonly spec: ClusterSpec;
  readonly bucketArn: pulumi.Input<string>;
  readonly agentParameterArn: pulumi.Input<string>;
  /** The kill switch, which need not exist. */
  readonly pauseParameterArn: pulumi.Input<string>;
  readonly noticeQueueArn: pulumi.Input<string>;
  /** Password of the store behind Ray's control store; absent: there is none. */
  readonly gcsPasswordSecretArn?: pulumi.Input<string> | undefined;
}

/**
 * Who the machines are and what they may do: one role for the head, one for all workers, each with the least it needs and limited to this
 * cluster, and with the managed policies that the stack file names for its jobs; and the secret that holds the Ray token.
 *
 * The secret is made without a value. The head makes one when it first starts, so that it stands in no user data, output or Pulumi state.
 */
export class AwsIdentity extends pulumi.ComponentResource {
  readonly headProfileName: pulumi.Output<string>;
  readonly workerProfileArn: pulumi.Output<string>;
  readonly tokenSecretArn: pulumi.Output<string>;
  readonly tokenSecretName: pulumi.Output<string>;

  constructor(name: string, args: AwsIdentityArgs, options?: pulumi.ComponentResourceOptions) {
    super("rayfleet:index:AwsIdentity", name, {}, options);
    const tags = clusterTags(args.spec.name, args.spec.tags);
    const token = new secretsmanager.Secret(
      childName(name, "token"),
      {
        description: `Ray token of the cluster ${args.spec.name}; the head makes it once`,
        // The token is worth nothing without its cluster, and a secret that waits for deletion blocks its name and costs.
        recoveryWindowInDays: 0,
        tags,
      },
      { parent: this },
    );
    const scope = pulumi
      .all([args.bucketArn, token.arn])
      .apply(([bucketArn, tokenSecretArn]) => ({ clusterName: args.spec.name, bucketArn, tokenSecretArn }));
    const headDocument = pulumi
      .all([scope, args.agentParameterArn, args.pauseParameterArn, args.noticeQueueArn, args.gcsPasswordSecretArn])
      .apply(([known, agentParameterArn, pauseParameterArn, noticeQueueArn, gcsPasswordSecretArn]) =>
        headPolicy({ ...known, agentParameterArn, pauseParameterArn, noticeQueueArn, gcsPasswordSecretArn }),
      );
    const extraPolicyArns = [...new Set(args.spec.extraPolicyArns)];
    const head = createProfile(this, childName(name, "head"), { role: "head", document: headDocument, extraPolicyArns, tags });
    const workerDocument = scope.apply(workerPolicy);
    const worker = createProfile(this, childName(name, "worker"), { role: "worker", document: workerDocument, extraPolicyArns, tags });
    this.headProfileName = head.name;
    this.workerProfileArn = worker.arn;
    this.tokenSecretArn = token.arn;
    this.tokenSecretName = token.name;
    this.registerOutputs({ tokenSecretArn: this.tokenSecretArn, tokenSecretName: this.tokenSecretName });
  }
}

interface ProfileArgs {
  readonly role: MachineRole;
  readonly document: pulumi.Output<PolicyDocument>;
  readonly extraPolicyArns: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
}

function createProfile(parent: pulumi.Resource, name: string, args: ProfileArgs): iam.InstanceProfile {
  const role = new iam.Role(
    name,
    { assumeRolePolicy: JSON.stringify(trustPolicy("ec2.amazonaws.com")), description: `Ray ${args.role}`, tags: args.tags },
    { parent },
  );
  const policy = args.document.apply((document) => JSON.stringify(document));
  new iam.RolePolicy(name, { role: role.name, policy }, { parent });
  for (const policyArn of args.extraPolicyArns) {
    // The ARN is part of the name, so that one more in the list replaces none of the others.
    const policyName = policyArn.replace(/^arn:[a-z-]+:iam::/, "").replace(/[^A-Za-z0-9]+/g, "-");
    new iam.RolePolicyAttachment(childName(name, policyName), { role: role.name, policyArn }, { parent });
  }
  return new iam.InstanceProfile(name, { role: role.name, tags: args.tags }, { parent });
}
