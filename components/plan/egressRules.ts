import { canonicalCidr } from "./cidr";
import { HTTPS_PORT, hasWayOut } from "./firewallRules";
import { quoteValue, type SpecPath } from "./specProblem";
import type { ClusterDraft, SpecRule } from "./specRule";

type Egress = ClusterDraft["spec"]["access"]["egress"][number];

interface PlacedEgress {
  readonly egress: Egress;
  readonly path: SpecPath;
}

function placedEgress({ spec }: ClusterDraft): readonly PlacedEgress[] {
  return spec.access.egress.map((egress, index) => ({ egress, path: ["access", "egress", index] }));
}

const egressPortsInOrder: SpecRule = (draft) =>
  placedEgress(draft).flatMap(({ egress: { fromPort, toPort }, path }) =>
    fromPort <= toPort
      ? []
      : [
          {
            path: [...path, "toPort"],
            involves: [[...path, "fromPort"]],
            problem: "is below fromPort",
            got: `${toPort} < ${fromPort}`,
            expected: "toPort ≥ fromPort",
            fix: "Swap the two; write the same number twice for one port.",
          },
        ],
  );

/** What AWS looks at when it decides whether two rules are the same. */
function permission({ cidr, protocol, fromPort, toPort }: Egress): string {
  return `${protocol} ${fromPort}-${toPort} to ${canonicalCidr(cidr)}`;
}

/** AWS refuses a rule that the security group has already, half-way through `pulumi up`. */
const egressOnce: SpecRule = (draft) => {
  const standing = hasWayOut(draft.spec) ? [`tcp ${HTTPS_PORT}-${HTTPS_PORT} to 0.0.0.0/0`] : [];
  const permissions = [...standing, ...draft.spec.access.egress.map(permission)];
  return placedEgress(draft).flatMap(({ egress, path }, index) =>
    permissions.indexOf(permission(egress)) === standing.length + index
      ? []
      : [
          {
            path,
            involves: [["network"]],
            problem: "is permitted already",
            got: quoteValue(permission(egress)),
            expected: "each permission once; HTTPS is open where there is a way out",
            fix: "Remove it.",
          },
        ],
  );
};

/** Rules about further connections out of the cluster. */
export const egressRules: Readonly<Record<string, SpecRule>> = { egressPortsInOrder, egressOnce };
