/** Reads of when people were last active. */
import { activityShared, lastActiveVisible } from "../visibility/activity.ts";
import { userVisible } from "../visibility/user.ts";
import { type Fact, fact } from "./kinds.ts";

/** When a person was last active; null where the viewer may not know, and for whoever never was. */
export const lastActiveAt: Fact<string | null> = fact<string | null>({
  name: "last_active_at",
  key: { user_id: "bigint" },
  missing: null,
  sql: (k) => `
    select k.nr, a.at as value
    from ${k}
    join users u on u.id = k.user_id and ${userVisible("k.viewer_id", "u")} and ${lastActiveVisible("k.viewer_id", "u")}
    join last_active a on a.user_id = u.id`,
});

/** Whether a person whom the viewer may see and the viewer both let it be known when they are active. */
export const sharesActivity: Fact<boolean> = fact<boolean>({
  name: "shares_activity",
  key: { user_id: "bigint" },
  missing: false,
  sql: (k) => `
    select k.nr, ${activityShared("k.viewer_id", "u")} as value
    from ${k}
    join users u on u.id = k.user_id and ${userVisible("k.viewer_id", "u")}`,
});
