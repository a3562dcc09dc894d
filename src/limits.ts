/** Standing limits of the product: code takes each number from here, and only prose repeats it. */

/** How long a handle that was given up is kept from everybody but whoever gave it up. */
export const HANDLE_HELD_DAYS = 90;
/** How many of those anybody keeps from the others. */
export const MAX_HELD_HANDLES = 5;
/** Sessions of a person: signing in once more ends the one that was not used for longest. */
export const MAX_SESSIONS = 100;
/** Passwords that a process hashes at a time, and that wait for their turn: each takes a core for some 20 ms. */
export const MAX_HASHING = 2;
export const MAX_WAITING_TO_HASH = 16;

export const MAX_FRIENDS = 5_000;
export const MAX_OPEN_REQUESTS = 1_000;
export const MAX_REQUESTS_A_DAY = 50;
/** How long a declined request holds back the next one. */
export const DECLINE_HOLDS_DAYS = 30;
/** How long a mute may last. */
export const MAX_MUTE_YEARS = 10;

export const MAX_CONTACTS_A_SYNC = 5_000;
export const MAX_CONTACTS_A_DAY = 10_000;
/** Kept of one person's address book, however many syncs have brought them. */
export const MAX_CONTACTS = 20_000;

/** Invites of a person that others can take. */
export const MAX_OPEN_INVITES = 100;
/** How many people one invite can bring; without a number, as many as like. */
export const MAX_INVITE_USES = 1_000;
/** How long an invite is open where its maker does not say, and at most. */
export const INVITE_DAYS = 30;
export const MAX_INVITE_DAYS = 365;

/** How long it can be read what has become of an invite that has ended. */
export const INVITE_REMEMBERED_DAYS = 90;

/** Videos that somebody shows outside by a share link of theirs. */
export const MAX_SHARE_LINKS = 10_000;
/** How long a share link makes friends of its maker and who comes new by it, and of how many at most. */
export const SHARE_LINK_DAYS = 30;
export const MAX_SHARE_LINK_NEWCOMERS = 100;

export const MAX_PARTICIPANTS = 256;
/** Messages that a message request takes until it is answered. */
export const MAX_UNANSWERED_MESSAGES = 3;
/** How long typing lasts, unless it is said again. */
export const TYPING_SECONDS = 6;
export const MAX_SHARE_TARGETS = 50;
/** Conversations that somebody keeps at the top of their inbox. */
export const MAX_PINNED_CONVERSATIONS = 20;
export const MAX_MENTIONS = 50;
/** Of a video, those of its caption before those of its author's comments. */
export const MAX_HASHTAGS = 30;
/** How long after its sending a message can be edited. */
export const EDIT_MINUTES = 15;
/** Kinds of emoji on a message. */
export const MAX_REACTION_KINDS = 20;
/** Messages that are pinned in a conversation. */
export const MAX_PINS = 50;
/** Messages of a conversation that a participant hides for themselves. */
export const MAX_HIDDEN_MESSAGES = 1_000;

/** How long a moment is shown. */
export const MOMENT_HOURS = 24;
/** Moments of a person that are shown at a time. */
export const MAX_LIVE_MOMENTS = 50;

/** How far unread notifications are counted. */
export const MAX_UNREAD_NOTIFICATIONS = 100;

export const MAX_UPLOAD_BYTES = 1024 ** 3;
/** Uploads of a person into which one node takes bytes at a time. */
export const MAX_RECEIVING = 3;
/** How long an upload takes bytes, and is kept after that until a video is made of it. */
export const UPLOAD_HOURS = 24;
/** Uploads of a person that take bytes, wait to be worked on, or have no video; and the bytes of those not worked off. */
export const MAX_UNFINISHED_UPLOADS = 10;
export const MAX_UNFINISHED_BYTES = 5 * MAX_UPLOAD_BYTES;
/** How long the address of a video's file is good, at least; and by what it is rounded up. */
export const MEDIA_URL_MINUTES = 60;
export const MEDIA_URL_STEP_MINUTES = 15;
/** How long it can be read why nothing came of an upload. */
export const UPLOAD_REMEMBERED_DAYS = 7;

/** How long an export is kept, an address of it is good, and asking again finds the same one. */
export const EXPORT_KEPT_DAYS = 7;
export const EXPORT_URL_MINUTES = 60;
export const EXPORT_AGAIN_MINUTES = 60;
/** How long after its deletion an account can be signed into again, before it is erased. */
export const DELETION_GRACE_DAYS = 30;

/** How long an event is kept in its viewer's log, at least. */
export const LOG_KEPT_DAYS = 7;
/** How many events a stream replays; whoever is further behind reads the world again. */
export const MAX_REPLAYED_EVENTS = 10_000;

/** How long a video is, at most, and how large the picture of an upload: 8192 by 4320 pixels. */
export const MAX_VIDEO_MS = 600_000;
export const MAX_VIDEO_PIXELS = 8_192 * 4_320;
/** How many pixels all pictures of an upload have together: ten minutes of 4096 by 2160 at 60 a second. */
export const MAX_PIXELS_IN_ALL = 4_096 * 2_160 * 60 * 600;

/** How many videos a list of what trends has, how often one is made, and how long whoever reads it can read on. */
export const TRENDING_LENGTH = 200;
export const TRENDS_MADE_MINUTES = 5;
export const TRENDS_KEPT_MINUTES = 60;

/** How many people, newest first, or things are named where a number says how many there are in all. */
export const NAMED_FRIENDS = 3;
export const NAMED_MUTUAL_FRIENDS = 3;
export const NAMED_REACTORS = 20;
export const NAMED_SHARES = 10;
/** How many of their exports a person is shown, newest first. */
export const MAX_SHOWN_EXPORTS = 20;
