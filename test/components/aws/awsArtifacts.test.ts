import * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AwsArtifacts } from "../../../components/aws/awsArtifacts";
import { artifactBucketPolicy } from "../../../components/plan/policies";
import { makeArtifacts } from "../../support/artifacts";
import { buildClusterSpec } from "../../support/clusterSpecBuilder";
import { type Deployment, dependenciesOf, deploy } from "../../support/pulumi";

const artifacts = makeArtifacts();
afterAll(() => artifacts.remove());
let deployment: Deployment<AwsArtifacts>;
beforeAll(async () => {
  deployment = await deploy((options) => new AwsArtifacts("demo", { spec: buildClusterSpec(), manifest: artifacts.manifest }, options));
});

const objectType = "aws:s3/bucketObjectv2:BucketObjectv2";

describe("AwsArtifacts", () => {
  it("closes the bucket to the public in every way there is", () => {
    expect(deployment.one("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock").inputs).toMatchObject({
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    expect(deployment.one("aws:s3/bucketOwnershipControls:BucketOwnershipControls").inputs).toMatchObject({
      rule: { objectOwnership: "BucketOwnerEnforced" },
    });
  });

  it("encrypts what is stored and refuses what is not encrypted on the way", () => {
    expect(deployment.one("aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration").inputs).toMatchObject({
      rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }],
    });
    const policy = JSON.parse(String(deployment.one("aws:s3/bucketPolicy:BucketPolicy").inputs["policy"]));
    expect(policy).toEqual(artifactBucketPolicy("arn:aws:s3:::demo-artifacts-0123abc"));
  });

  it("keeps versions and throws old boot reports away", () => {
    expect(deployment.one("aws:s3/bucketVersioning:BucketVersioning").inputs).toMatchObject({
      versioningConfiguration: { status: "Enabled" },
    });
    expect(deployment.one("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration").inputs["rules"]).toContainEqual(
      expect.objectContaining({ filter: { prefix: "boot/" }, expiration: { days: 7 } }),
    );
  });

  it("can be destroyed with what machines wrote into it", () => {
    expect(deployment.one("aws:s3/bucket:Bucket").inputs["forceDestroy"]).toBe(true);
  });

  it("stores runtime and bundle under their keys, after the bucket is closed", () => {
    expect(deployment.byType(objectType).map(({ name, inputs }) => [name, inputs["key"]])).toEqual([
      ["demo-runtime", artifacts.manifest.runtime.key],
      ["demo-bundle", artifacts.manifest.bundle.key],
    ]);
    for (const object of deployment.byType(objectType)) {
      expect(object.inputs["source"]).toBeInstanceOf(pulumi.asset.FileAsset);
      expect(dependenciesOf(object).map((dependency) => dependency.split(" ")[0])).toEqual([
        "BucketPublicAccessBlock",
        "BucketOwnershipControls",
        "BucketServerSideEncryptionConfiguration",
        "BucketPolicy",
      ]);
    }
  });

  it("leaves replaced objects in place, because machines that run still name them", () => {
    expect(deployment.byType(objectType).map(({ options }) => options.retainOnDelete)).toEqual([true, true]);
  });
});
