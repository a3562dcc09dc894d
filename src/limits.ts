/** Standing limits of the product, each the only place of its number. */

export const MAX_FRIENDS = 5_000;
export const MAX_OPEN_REQUESTS = 1_000;
export const MAX_REQUESTS_A_DAY = 50;
/** How long a declined request holds back the next one. */
export const DECLINE_HOLDS_DAYS = 30;

export const MAX_PARTICIPANTS = 256;
/** Messages that a message request takes until it is answered. */
export const MAX_UNANSWERED_MESSAGES = 3;
export const MAX_SHARE_TARGETS = 50;

/** How many events a stream replays; whoever is further behind reads the world again. */
export const MAX_REPLAYED_EVENTS = 10_000;
