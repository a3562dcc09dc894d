/** Who may see a moment. */
import { audiencesOf } from "./video.ts";

/** SQL: whether the time of the row `moment` of moments is not over, at this instant. */
export function momentIsLive(moment: string): string {
  return `${moment}.expires_at > now()`;
}

/**
 * SQL: whether the viewer may see the row `moment` of moments, its author among them, until its time is over;
 * `audiences` are those of its author for this viewer.
 */
export function momentVisible(
  viewer: string,
  moment: string,
  audiences = audiencesOf(viewer, `${moment}.author_id`),
): string {
  return `(${momentIsLive(moment)} and ${moment}.audience = any(${audiences}))`;
}
