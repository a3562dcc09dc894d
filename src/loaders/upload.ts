/** Reads of the viewer's uploads. */
import type { VideoUpload } from "../entities/upload.ts";
import { isUploadOver, uploadEnd, uploadVisible } from "../visibility/upload.ts";
import { one } from "./kinds.ts";

/** An upload as its owner sees it. */
export interface OwnUpload extends Pick<VideoUpload, "id" | "status" | "bytesReceived" | "failure"> {
  readonly expiresAt: string;
  /** The video that is made of it; null until one is published. */
  readonly videoId: string | null;
}

/** An upload of the viewer's. Its time is over when it is over, not when it is swept away. */
export const uploadById = one<OwnUpload>({
  name: "upload_by_id",
  key: { id: "bigint" },
  keyOf: ({ id }) => [id],
  sql: (k) => `
    select
      k.nr, w.id, w.bytes_received as "bytesReceived", w.failure, ${uploadEnd("w")} as "expiresAt", v.id as "videoId",
      case
        when w.status = 'OPEN' and ${isUploadOver("w")} then 'EXPIRED'
        when w.status = 'READY' and w.expires_at <= now() then 'EXPIRED'
        else w.status::text
      end as status
    from ${k}
    join video_uploads w on w.id = k.id and ${uploadVisible("k.viewer_id", "w")}
    left join videos v on v.upload_id = w.id`,
});
