import { connect } from "node:net";

const CONNECT_TIMEOUT_MS = 3000;

/** Whether something takes connections there, within three seconds. That is all an orphan needs to know: GCS answers only with a token. */
export function takesConnections(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: CONNECT_TIMEOUT_MS });
    const settle = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", () => settle(true));
    socket.once("error", () => settle(false));
    socket.once("timeout", () => settle(false));
  });
}
