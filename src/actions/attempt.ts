/** Attempts to sign in: counted before a password is looked at, so that many at once are no way around. */
import { networkOf } from "../rates.ts";
import type { ActionContext } from "./context.ts";

function keysOf({ client }: ActionContext, handle: string) {
  const network = networkOf(client.address);
  return {
    network,
    here: network === null ? null : `${handle} ${network}`,
    anywhere: network === null ? null : handle,
  };
}

/** Counts an attempt for the handle, from this network and from anywhere, and for the network; throws TOO_MANY_REQUESTS. */
export async function countAttempt(context: ActionContext, handle: string): Promise<void> {
  const { network, here, anywhere } = keysOf(context, handle);
  await Promise.all([
    context.rates.take("signIn", network),
    context.rates.take("signInFailure", here),
    context.rates.take("signInFailureAnywhere", anywhere),
  ]);
}

/** What failed before is forgotten: the person has signed in, from this network. */
export async function forgetAttempts(context: ActionContext, handle: string): Promise<void> {
  const { here, anywhere } = keysOf(context, handle);
  await Promise.all([
    context.rates.forget("signInFailure", here),
    context.rates.forget("signInFailureAnywhere", anywhere),
  ]);
}
