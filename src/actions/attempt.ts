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

/**
 * Counts an attempt for the network, and for the handle from this network and from anywhere; throws TOO_MANY_REQUESTS.
 * What is refused counts no further: or whoever goes on from one place would keep everybody else from signing in.
 */
export async function countAttempt(context: ActionContext, handle: string): Promise<void> {
  const { network, here, anywhere } = keysOf(context, handle);
  await context.rates.take("signIn", network);
  await context.rates.take("signInFailure", here);
  await context.rates.take("signInFailureAnywhere", anywhere);
}

/** What failed before is forgotten: the person has signed in, from this network. */
export async function forgetAttempts(context: ActionContext, handle: string): Promise<void> {
  const { here, anywhere } = keysOf(context, handle);
  await Promise.all([
    context.rates.forget("signInFailure", here),
    context.rates.forget("signInFailureAnywhere", anywhere),
  ]);
}
