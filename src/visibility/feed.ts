/** Whose videos, and whose doings, are in a viewer's feed. */
import { notifies } from "./notification.ts";

/**
 * SQL: whether the row `person` of users may stand in the viewer's feed: whoever may not tell them of anything may not be
 * shown to them unasked either.
 */
export function feedShows(viewer: string, person: string): string {
  return notifies(viewer, person);
}
