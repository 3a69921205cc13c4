import * as ec2 from "@pulumi/aws/ec2";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterSpec } from "../../contract/clusterSpec";
import { interfaceEndpointServices } from "../plan/cost";
import { childName } from "../plan/names";
import { clusterTags } from "../plan/tags";

/** A region whose endpoints this program cannot name. */
export class EndpointRegionError extends Error {
  override readonly name = "EndpointRegionError";
}

/**
 * What AWS calls the interface endpoint of one service.
 *
 * @throws EndpointRegionError in China
 */
export function endpointServiceName(region: string, service: string): string {
  if (region.startsWith("cn-")) {
    throw new EndpointRegionError(
      `aws:region: has other names for interface endpoints; got ${region}; expected a region outside China. ` +
        "Set network.nat: single and network.interfaceEndpoints: false, or use network.existing.",
    );
  }
  return `com.amazonaws.${region}.${service}`;
}

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
 * Cost (us-east-1, 2026-07): 0.01 USD an hour for each of the eight services in each zone, and 0.01 USD a GB. With two zones that is more than
 * two NAT gateways; the reason to have them is that nothing can leave.
 *
 * Not in China: some services have other names there, such as `cn.com.amazonaws.cn-north-1.ec2`.
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
          serviceName: pulumi.output(args.region).apply((region) => endpointServiceName(region, service)),
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
