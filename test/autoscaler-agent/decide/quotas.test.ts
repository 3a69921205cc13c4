import { describe, expect, it } from "vitest";
import { decide } from "../../../autoscaler-agent/decide/decide";
import type { DecisionRequest } from "../../../contract/decision";
import { aBusyNode, aDemand, aGang, aGroup, anIdleNode, aQuota, aRequest, launchedOf } from "../../support/decisionBuilders";
import { faultsOf } from "../../support/planChecker";

const gpuGroup = aGroup({ groupName: "gpu", resources: { CPU: 8, GPU: 1 }, pricePerHourUsd: 3 });

interface QuotaCase {
  readonly fact: string;
  readonly request: Partial<DecisionRequest>;
  readonly launches: Readonly<Record<string, number>>;
}

describe("decide: vCPU quotas", () => {
  it.each<QuotaCase>([
    {
      fact: "counts what exists in any state, and what is bought, against a vCPU quota",
      request: {
        nodes: [aBusyNode("a"), anIdleNode("b", 1, { state: "draining" }), { id: "s", groupName: "cpu", state: "starting" }],
        limits: { quotas: [aQuota(20)] },
        demands: [aDemand(100)],
      },
      launches: { cpu: 2 },
    },
    {
      fact: "counts against a vCPU quota what else uses it",
      request: { limits: { quotas: [aQuota(20, { otherVcpus: 9 })] }, demands: [aDemand(100)] },
      launches: { cpu: 2 },
    },
    {
      fact: "shares a vCPU quota between its groups, and leaves the others alone",
      request: {
        groups: [aGroup({ maxReplicas: 3 }), aGroup({ groupName: "big", resources: { CPU: 8 }, pricePerHourUsd: 3 }), gpuGroup],
        limits: {
          quotas: [
            aQuota(30, {
              groups: [
                { groupName: "cpu", vcpusPerNode: 4 },
                { groupName: "big", vcpusPerNode: 8 },
              ],
            }),
          ],
        },
        demands: [aDemand(36)],
      },
      launches: { cpu: 3, big: 2, gpu: 1 },
    },
    {
      fact: "keeps a group within each of its vCPU quotas",
      request: { limits: { quotas: [aQuota(40), aQuota(12, { name: "spot" })] }, demands: [aDemand(100)] },
      launches: { cpu: 3 },
    },
    {
      fact: "holds minReplicas within a vCPU quota",
      request: { groups: [aGroup({ minReplicas: 5 })], limits: { quotas: [aQuota(8)] } },
      launches: { cpu: 2 },
    },
    {
      fact: "holds a gang within a vCPU quota, whole or not at all",
      request: { limits: { quotas: [aQuota(8)] }, gangs: [aGang({ shape: { CPU: 4 }, count: 3 })] },
      launches: {},
    },
    {
      fact: "takes nodes that hold more where a vCPU quota is short",
      request: {
        groups: [
          aGroup({ resources: { CPU: 4, memory: 8 } }),
          aGroup({ groupName: "wide", resources: { CPU: 4, memory: 32 }, pricePerHourUsd: 5 }),
        ],
        limits: {
          quotas: [
            aQuota(8, {
              groups: [
                { groupName: "cpu", vcpusPerNode: 4 },
                { groupName: "wide", vcpusPerNode: 4 },
              ],
            }),
          ],
        },
        demands: [aDemand(8, { shape: { memory: 8 } })],
      },
      launches: { wide: 2 },
    },
    {
      fact: "launches nothing more above a vCPU quota",
      request: { nodes: [aBusyNode("a")], limits: { quotas: [aQuota(3)] }, demands: [aDemand(1)] },
      launches: {},
    },
  ])("$fact", ({ request, launches }) => {
    const full = aRequest(request);
    const reply = decide(full);
    expect(launchedOf(reply)).toEqual(launches);
    expect(faultsOf(full, reply)).toEqual([]);
  });

  it("say by name which is short, what is used, and what one more node needs, whatever their order", () => {
    const quotas = [
      aQuota(11, { name: "spot", otherVcpus: 2 }),
      aQuota(11, { name: "on-demand", otherVcpus: 1 }),
      aQuota(400, { name: "a" }),
    ];
    const request = aRequest({ nodes: [aBusyNode("a")], demands: [aDemand(8)], limits: { quotas } });
    const reply = decide(request);
    expect(reply.overLimit.demands).toMatchObject([
      {
        count: 4,
        nearestGroup: "cpu",
        reason: {
          code: "vcpu-quota",
          text: 'The vCPU quota "on-demand" allows 11; 9 are in use or bought, and one more node of cpu needs 4.',
        },
      },
    ]);
    expect(decide({ ...request, limits: { quotas: [...quotas].reverse() } })).toEqual(reply);
  });

  it("are named for minReplicas that they hold back", () => {
    const reply = decide(aRequest({ groups: [aGroup({ minReplicas: 3 })], limits: { quotas: [aQuota(8)] } }));
    expect(reply.held).toMatchObject([{ groupName: "cpu", count: 1, reason: { code: "vcpu-quota" } }]);
  });
});
