import { beforeAll, describe, expect, it } from "vitest";
import { AwsIdentity } from "../../../components/aws/awsIdentity";
import { headPolicy, workerPolicy } from "../../../components/plan/policies";
import { buildClusterSpec } from "../../support/clusterSpecBuilder";
import { type Deployment, deploy } from "../../support/pulumi";

const attachment = "aws:iam/rolePolicyAttachment:RolePolicyAttachment";
const args = {
  bucketArn: "arn:aws:s3:::demo-artifacts",
  agentParameterArn: "arn:aws:ssm:us-east-1:123456789012:parameter/rayfleet/demo/agent",
  pauseParameterArn: "arn:aws:ssm:us-east-1:123456789012:parameter/rayfleet/demo/pause",
  noticeQueueArn: "arn:aws:sqs:us-east-1:123456789012:demo-notices",
};
let deployment: Deployment<AwsIdentity>;
beforeAll(async () => {
  deployment = await deploy((options) => new AwsIdentity("demo", { spec: buildClusterSpec(), ...args }, options));
});

function policyOf(name: string): unknown {
  return JSON.parse(String(deployment.one("aws:iam/rolePolicy:RolePolicy", name).inputs["policy"]));
}

describe("AwsIdentity", () => {
  it("gives each role its reviewed document, about this cluster's things", () => {
    const tokenSecretArn = "arn:aws:secretsmanager:us-east-1:123456789012:secret/demo-token-0123abc";
    const scope = { clusterName: "demo", bucketArn: args.bucketArn, tokenSecretArn };
    const { agentParameterArn, pauseParameterArn, noticeQueueArn } = args;
    expect(policyOf("demo-head")).toEqual(headPolicy({ ...scope, agentParameterArn, pauseParameterArn, noticeQueueArn }));
    expect(policyOf("demo-worker")).toEqual(workerPolicy(scope));
  });

  it("lets EC2 alone take on the roles", () => {
    for (const { inputs } of deployment.byType("aws:iam/role:Role")) {
      expect(JSON.parse(String(inputs["assumeRolePolicy"]))).toMatchObject({
        Statement: [{ Action: ["sts:AssumeRole"], Principal: { Service: "ec2.amazonaws.com" } }],
      });
      expect(inputs).not.toHaveProperty("managedPolicyArns");
    }
  });

  it("attaches no managed policy that the stack file does not name", () => {
    expect(deployment.byType(attachment)).toEqual([]);
  });

  it("attaches the managed policies that the stack file names to both roles, each once", async () => {
    const extraPolicyArns = ["arn:aws:iam::123456789012:policy/jobs/data", "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"];
    const spec = buildClusterSpec({ extraPolicyArns: [...extraPolicyArns, ...extraPolicyArns] });
    const { byType } = await deploy((options) => new AwsIdentity("demo", { spec, ...args }, options));
    expect(byType(attachment).map(({ inputs }) => [inputs["role"], inputs["policyArn"]].join(" "))).toEqual(
      ["demo-head-0123abc", "demo-worker-0123abc"].flatMap((role) => extraPolicyArns.map((arn) => `${role} ${arn}`)),
    );
  });

  it("makes the secret of the token without a value", () => {
    expect(deployment.one("aws:secretsmanager/secret:Secret").inputs).toMatchObject({ recoveryWindowInDays: 0 });
    expect(deployment.resources.filter(({ type }) => type.includes("secretVersion"))).toEqual([]);
  });
});
