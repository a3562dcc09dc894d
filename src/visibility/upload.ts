/** Who may see an upload, and how long it takes bytes. */
import { UPLOAD_HOURS } from "../limits.ts";
import { isHere } from "./user.ts";

/** SQL: whether the viewer may see the row `row` of video_uploads: it is theirs. */
export function uploadVisible(viewer: string, row: string): string {
  return `${row}.user_id = ${viewer}`;
}

/** SQL: when the row `row` of video_uploads takes no more bytes, however many have come. */
export function uploadEnd(row: string): string {
  return `(${row}.created_at + interval '${UPLOAD_HOURS} hours')`;
}

/** SQL: whether that is over for the row `row` of video_uploads. */
export function isUploadOver(row: string): string {
  return `(${row}.created_at <= now() - interval '${UPLOAD_HOURS} hours')`;
}

/** SQL: whether bytes may be added to the row `row` of video_uploads: it is open, in time, and its owner is here. */
export function takesBytes(row: string): string {
  return `(
    ${row}.status = 'OPEN' and not ${isUploadOver(row)}
    and exists (select from users o where o.id = ${row}.user_id and ${isHere("o")})
  )`;
}
