/** What age and market do not allow is refused with the id of the rule. */
import { requireFound, UserError } from "../errors.ts";
import { ownAccount } from "../loaders/account.ts";
import { decide, isEverRefused, type MarketFeature, type Party, type Rule } from "../policy.ts";
import { requireViewer } from "../viewer.ts";
import type { ActionContext } from "./context.ts";

function refused({ because, id }: Rule, path?: string): UserError {
  return new UserError("NOT_ALLOWED_BY_POLICY", because, {
    ruleId: id,
    ...(path === undefined ? {} : { path: [path] }),
  });
}

/** The rule that decides whether the viewer may use a feature, with somebody who is not their friend. */
async function ruleFor(context: ActionContext, feature: MarketFeature): Promise<Rule> {
  const { userId } = requireViewer(context);
  return decide(feature, requireFound(await ownAccount(context.loads, userId), "account"));
}

/** Throws NOT_ALLOWED_BY_POLICY where the viewer's age or market does not allow a feature; what all may costs nothing. */
export async function requireAllowed(
  context: ActionContext,
  feature: MarketFeature,
  path?: string,
): Promise<void> {
  if (!isEverRefused(feature)) return;
  const rule = await ruleFor(context, feature);
  if (!rule.allowed) throw refused(rule, path);
}

/** Throws NOT_ALLOWED_BY_POLICY where somebody is too young for an account in their country. */
export function requireOldEnough(party: Party, path: string): void {
  const rule = decide("ACCOUNT", party);
  if (!rule.allowed) throw refused(rule, path);
}

/** Throws NOT_ALLOWED_BY_POLICY where the viewer is too young for an account in the country they want to be in. */
export async function requireOldEnoughIn(context: ActionContext, country: string): Promise<void> {
  const { userId } = requireViewer(context);
  const { birthDate } = requireFound(await ownAccount(context.loads, userId), "account");
  // Who never gave one has an account all the same.
  if (birthDate !== null) requireOldEnough({ country, birthDate }, "country");
}

/**
 * Why two people who are not friends can't write to each other: the viewer's own rule, or else UNAVAILABLE, which says
 * nothing of the other's age.
 */
export async function strangersRefused(context: ActionContext, path?: string): Promise<UserError> {
  const own = [await ruleFor(context, "DIRECT_MESSAGES"), await ruleFor(context, "MESSAGE_REQUESTS")];
  const rule = own.find(({ allowed }) => !allowed);
  return rule === undefined ? unreachable(path) : refused(rule, path);
}

/** What is said where a person can't be written to, whatever the reason. */
export function unreachable(path?: string): UserError {
  const details = path === undefined ? {} : { path: [path] };
  return new UserError("UNAVAILABLE", "You can't send messages to this person.", details);
}
