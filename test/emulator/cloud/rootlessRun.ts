/**
 * Run by the rootless suite as a user without rights: starts a cloud with one machine, prints what the machine says, and stops it.
 * Arguments: state directory, virtual environment.
 */
import { RunInstancesCommand } from "@aws-sdk/client-ec2";
import { stopCloud } from "../../../emulator/cloud/cloud";
import { listMachines, machineExec } from "../../../emulator/cloud/machineCommands";
import { base64, eventually, makeSubnets } from "../api/runningApi";
import { startTestCloud } from "./emulatedCloud";

async function main(stateDirectory: string, venvDirectory: string): Promise<void> {
  const { api } = await startTestCloud(stateDirectory, { venvDirectory, endpointPort: 15_255 });
  try {
    const [SubnetId] = await makeSubnets(api, "us-east-1a");
    await api.ec2.send(
      new RunInstancesCommand({
        MinCount: 1,
        MaxCount: 1,
        ImageId: "ami-12c6146b",
        InstanceType: "m6i.large",
        SubnetId,
        UserData: base64("#!/bin/sh\nsleep 600\n"),
      }),
    );
    const [machine] = await eventually(
      () => listMachines(stateDirectory),
      (seen) => seen[0]?.running === true,
      30_000,
    );
    const script = "id -u; cat /etc/rayfleet/hardware.json; mkdir -p /var/lib/rayfleet/x /opt/x && touch /etc/x && echo written";
    const seen = await machineExec(stateDirectory, machine?.instanceId ?? "", { argv: ["sh", "-c", script] });
    console.log(JSON.stringify({ address: machine?.address, ...seen }));
  } finally {
    await stopCloud(stateDirectory);
  }
}

const [stateDirectory = "", venvDirectory = ""] = process.argv.slice(2);
main(stateDirectory, venvDirectory).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
