import * as ec2 from "@pulumi/aws/ec2";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterSpec } from "../../contract/clusterSpec";
import { interfaceEndpointServices } from "../plan/cost";
import { childName } from "../plan/names";
import { clusterTags } from "../plan/tags";

export interface AwsEndpointsArgs {
  readonly spec: ClusterSpec;
  readonly region: pulumi.Input<string>;
  readonly vpcId: pulumi.Input<string>;
  readonly subnetIds: pulumi.Input<string[]>;
  readonly securityGroupId: pulumi.Input<string>;
}

/**
 * Interface endpoints, so that machines reach AWS without the internet.
 *
 * Cost (us-east-1, 2026-07): 0.01 USD an hour for each of the nine services in each zone, and 0.01 USD a GB. With two zones that is more than
 * two NAT gateways; the reason to have them is that nothing can leave.
 */
export class AwsEndpoints extends pulumi.ComponentResource {
  constructor(name: string, args: AwsEndpointsArgs, options?: pulumi.ComponentResourceOptions) {
    super("rayfleet:index:AwsEndpoints", name, {}, options);
    for (const service of interfaceEndpointServices) {
      const endpointName = childName(name, "endpoint", service);
      new ec2.VpcEndpoint(
        endpointName,
        {
          vpcId: args.vpcId,
          vpcEndpointType: "Interface",
          serviceName: pulumi.interpolate`com.amazonaws.${args.region}.${service}`,
          privateDnsEnabled: true,
          subnetIds: args.subnetIds,
          securityGroupIds: [args.securityGroupId],
          tags: { ...clusterTags(args.spec.name, args.spec.tags), Name: endpointName },
        },
        { parent: this },
      );
    }
    this.registerOutputs({});
  }
}
