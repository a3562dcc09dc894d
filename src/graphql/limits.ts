/** The limits of one operation, the only place of these numbers. */

/** Fields within fields. */
export const MAX_DEPTH = 12;
export const MAX_ALIASES = 30;
export const MAX_TOKENS = 2_000;
/** A field costs 1; a connection multiplies what is under it by its `first` or `last`. */
export const MAX_COST = 50_000;

export const MAX_PAGE_SIZE = 100;
export const DEFAULT_PAGE_SIZE = 20;
/** Ids that `nodes` takes at a time. */
export const MAX_NODES = 100;

/** An HTTP body or a WebSocket frame. */
export const MAX_BODY_BYTES = 64 * 1024;
/** Subscriptions and other operations that one socket has open at a time. */
export const MAX_OPERATIONS_PER_SOCKET = 50;
