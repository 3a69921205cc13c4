import { KubernetesError } from "./kubernetesError";

/** What a call of the API server answers; undefined where what it asks for is not there. @throws as the call, for every other refusal */
export async function unlessMissing<Answer>(call: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof KubernetesError && error.status === 404) return undefined;
    throw error;
  }
}

/** The same, where what may not be looked at is taken to be there: an empty object stands for it. @throws as the call, when the API server does not answer */
export async function unlessKnownMissing(call: Promise<unknown>): Promise<unknown> {
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof KubernetesError) || error.status === undefined) throw error;
    return error.status === 404 ? undefined : {};
  }
}
