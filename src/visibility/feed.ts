/** Whose videos, and whose doings, are in a viewer's feed. */
import { mutedBy, notifies } from "./notification.ts";

/**
 * SQL: whether the row `person` of users may stand in the viewer's feed: whoever may not tell them of anything may not be
 * shown to them unasked either.
 */
export function feedShows(viewer: string, person: string): string {
  return notifies(viewer, person);
}

/**
 * SQL: those whom `feedShows` refuses for the viewer's mutes, as an array. For what is found among talk, which is never
 * joined with people: it is asked first, and talk is given their ids.
 */
export function mutedInFeed(viewer: string): string {
  return `array(${mutedBy(viewer)})`;
}
