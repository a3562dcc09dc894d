/** Attempts to sign in: counted before a password is looked at, so that many at once are no way around. */
import { placeOf } from "../rates.ts";
import type { ActionContext } from "./context.ts";

function keysOf({ client }: ActionContext, handle: string) {
  const place = placeOf(client.address);
  return {
    place,
    here: place === null ? null : `${handle} ${place}`,
    anywhere: place === null ? null : handle,
  };
}

/** Counts an attempt for the handle, from this place and from anywhere, and for the place; throws TOO_MANY_REQUESTS. */
export async function countAttempt(context: ActionContext, handle: string): Promise<void> {
  const { place, here, anywhere } = keysOf(context, handle);
  await Promise.all([
    context.rates.take("signIn", place),
    context.rates.take("signInFailure", here),
    context.rates.take("signInFailureAnywhere", anywhere),
  ]);
}

/** What failed before is forgotten: the person has signed in, from this place. */
export async function forgetAttempts(context: ActionContext, handle: string): Promise<void> {
  const { here, anywhere } = keysOf(context, handle);
  await Promise.all([
    context.rates.forget("signInFailure", here),
    context.rates.forget("signInFailureAnywhere", anywhere),
  ]);
}
