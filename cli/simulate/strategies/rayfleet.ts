import { decide } from "../../../autoscaler-agent/decide/decide";
import { configuredIdleTimeout, type Strategy } from "./strategy";

/** The agent's own chooser. */
export const rayfleetStrategy: Strategy = {
  name: "rayfleet",
  description: "the chooser of the agent, with the group's idle time-outs",
  idleTimeoutSeconds: configuredIdleTimeout,
  choose({ request }) {
    const { launch, drain } = decide(request);
    return { launch, drain: drain.map(({ id }) => id) };
  },
};
