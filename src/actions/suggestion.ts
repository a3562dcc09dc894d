/** Dismissing a suggestion: whoever was dismissed is suggested no more, whatever evidence there is later. */
import { type Nothing, statement } from "../db/sql.ts";
import type { ActionContext } from "./context.ts";
import { requireOther } from "./friendship.ts";

const insertDismissal = statement<{ viewerId: string; other: string }, Nothing>(
  "suggestion_dismiss",
  `
  insert into dismissed_suggestions (user_id, other_id)
  values (:viewerId, :other)
  on conflict do nothing`,
);

/** Dismisses a person for good; dismissing again changes nothing. Throws NOT_FOUND. */
export async function dismissSuggestion(context: ActionContext, other: string): Promise<void> {
  const viewerId = await requireOther(context, other);
  await context.database.run(insertDismissal, { viewerId, other });
}
