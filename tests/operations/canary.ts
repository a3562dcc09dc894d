/** Somebody who leaves a mark in every text that a person can write, and the look for it everywhere. */
import { makeExports } from "../../src/actions/export/make.ts";
import { globalId, rowId } from "../../src/ids.ts";
import { PASSWORD, type Person, type World } from "../support/world.ts";
import { documentOf, type MutationName, type Payload } from "./mutations.ts";

/** Where a person can leave a text. */
export const WRITTEN =
  `accounts comments conversation_nonces conversations data_export_parts friend_requests handles hashtags identities
  messages moments reports reposts sessions shares users video_hashtags videos`.split(/\s+/);

interface Column {
  readonly place: string;
  readonly schema: string;
  readonly table: string;
}

/** The rows of all tables of all schemas in which somebody's mark stands, as text or as the bytes of one. */
export async function traces(world: World, mark: string): Promise<string[]> {
  const tables = await world.server.database.query<Column>(
    `select table_schema as schema, table_name as table, table_schema || '.' || table_name as place
     from information_schema.tables
     where table_schema not in ('pg_catalog', 'information_schema') and table_type = 'BASE TABLE'
     order by 1, 2`,
  );
  expect(new Set(tables.map(({ schema }) => schema))).toEqual(new Set(["pgboss", "public"]));
  const hex = Buffer.from(mark).toString("hex");
  const found: string[] = [];
  for (const { place, schema, table } of tables) {
    const rows = await world.server.database.query<{ row: string }>(
      `select t::text as row from "${schema}"."${table}" t where lower(t::text) like any($1)`,
      [[`%${mark}%`, `%${hex}%`]],
    );
    found.push(...rows.map(({ row }) => `${place}: ${row}`));
  }
  return found;
}

/** Runs a mutation as somebody, with a mark in the user agent; it must be done. */
export async function act<Name extends MutationName>(
  world: World,
  token: string | null,
  name: Name,
  input: Record<string, unknown>,
  userAgent = "tests",
): Promise<Payload<Name>> {
  const response = await fetch(`${world.server.url}/graphql`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "user-agent": userAgent,
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ query: documentOf(name), variables: { input } }),
  });
  const { data, errors } = (await response.json()) as { data: Record<Name, Payload<Name>>; errors?: unknown };
  expect([name, errors, data[name].userErrors]).toEqual([name, undefined, []]);
  return data[name];
}

export interface Canary {
  readonly id: string;
  readonly globalId: string;
  readonly token: string;
  readonly mark: string;
  /** Conversations in which they talked. */
  readonly direct: string;
  readonly group: string;
  readonly friend: Person;
}

/** Somebody who leaves a mark wherever a person can write. */
export async function canary(world: World, nr: number): Promise<Canary> {
  const mark = `zqcanary${nr}`;
  const of = (what: string) => `${what} of ${mark}`;
  const url = (what: string) => `https://${mark}.example/${what}`;
  const [friend, stranger, decliner, moderated] = await world.people(
    `friend${nr}`,
    `stranger${nr}`,
    `decliner${nr}`,
    `reporter${nr}`,
  );
  const account = { displayName: of("Name"), password: PASSWORD, birthDate: "1995-06-15", country: "DE" };
  const email = `${mark}@${mark}.example`;
  const { credentials, viewer } = await act(
    world,
    null,
    "signUp",
    { handle: mark, email, phone: `+4930123450${nr}`, ...account },
    of("Client"),
  );
  const token = credentials?.accessToken ?? "";
  const id = viewer?.user.id ?? "";
  const row =
    (await world.server.database.query<{ id: string }>("select id from users where handle = $1", [mark]))[0]
      ?.id ?? "";
  await act(world, token, "updateProfile", { bio: of("Bio"), avatarUrl: url("avatar"), handle: `${mark}.x` });
  await act(world, null, "signIn", { handle: `${mark}.x`, password: PASSWORD }, of("Telephone"));
  await act(world, token, "sendFriendRequest", { userId: friend.globalId, note: of("Note") });
  await act(world, friend.token, "acceptFriendRequest", { userId: id });
  await act(world, token, "sendFriendRequest", { userId: stranger.globalId, note: of("Another note") });
  await act(world, token, "sendFriendRequest", { userId: decliner.globalId, note: of("Declined note") });
  await act(world, decliner.token, "declineFriendRequest", { userId: id });
  await act(world, token, "cancelFriendRequest", { userId: decliner.globalId });
  await act(world, token, "createInvite", {});
  const { video } = await act(world, token, "publishVideo", {
    caption: `${of("Caption")} #${mark}`,
    sourceUrl: url("video"),
    thumbnailUrl: url("thumbnail"),
    nonce: of("Video nonce"),
  });
  await act(world, token, "startVideoUpload", { byteSize: 1_000, contentType: "video/mp4" });
  await act(world, friend.token, "likeVideo", { videoId: video?.id });
  const theirs = globalId("video", await world.video(friend));
  await act(world, token, "likeVideo", { videoId: theirs });
  for (const videoId of [video?.id, theirs]) {
    for (const somebody of [token, friend.token]) await act(world, somebody, "createShareLink", { videoId });
  }
  await act(world, token, "grantVideoAccess", { videoId: video?.id, userId: friend.globalId, granted: true });
  await act(world, friend.token, "grantVideoAccess", { videoId: theirs, userId: id, granted: true });
  for (const as of [token, friend.token]) {
    for (const videoId of [video?.id, theirs]) {
      await act(world, as, "saveVideo", { videoId });
      await act(world, as, "repostVideo", { videoId, note: as === token ? of("Repost note") : null });
      await act(world, as, "recordView", { videoId, watchedMs: 1_000 });
    }
  }
  await discuss(world, token, { friend, theirs, own: video?.id ?? "" }, of);
  await world.set(friend, "group_invites_from", "EVERYONE");
  const started = await act(world, token, "startConversation", {
    userIds: [friend.globalId],
    title: `The group ${nr}`,
    nonce: of("Group nonce"),
  });
  const alone = await act(world, token, "startConversation", {
    userIds: [friend.globalId],
    title: of("Lonely title"),
  });
  const group = started.conversation?.id ?? "";
  const say = async (body: string, more: Record<string, unknown>) =>
    act(world, token, "sendMessage", { body: of(body), nonce: of(body), ...more });
  await say("Group message", { conversationId: group });
  const direct = (await say("Message", { userId: friend.globalId })).conversation?.id ?? "";
  const shared = { conversationIds: [group], note: of("Share note"), nonce: of("Share nonce") };
  await act(world, token, "shareVideo", { videoId: video?.id, ...shared });
  await act(world, friend.token, "shareVideo", { videoId: theirs, conversationIds: [group], nonce: "1" });
  await act(world, token, "shareVideo", {
    videoId: theirs,
    ...shared,
    note: of("Reply note"),
    nonce: of("Reply nonce"),
  });
  const shown = await act(world, token, "postMoment", {
    videoId: theirs,
    text: of("Moment"),
    nonce: of("Moment nonce"),
  });
  await act(world, friend.token, "markMomentSeen", { momentId: shown.moment?.id });
  const seen = await act(world, friend.token, "postMoment", { videoId: video?.id, text: "Words of another" });
  await act(world, friend.token, "postMoment", { videoId: video?.id });
  await act(world, token, "markMomentSeen", { momentId: seen.moment?.id });
  await say("Answer", { momentId: seen.moment?.id });
  const answer = { momentId: shown.moment?.id, body: "An answer of another", nonce: "1" };
  await act(world, friend.token, "sendMessage", answer);
  const [said, answered] = [1, 3].map((position) => globalId("message", rowOf(group), position));
  await act(world, token, "addReaction", { messageId: answered, emoji: "👍" });
  await act(world, friend.token, "addReaction", { messageId: said, emoji: "👍" });
  await act(world, token, "pinMessage", { messageId: said });
  const report = async (as: string, subjectId: string, note: string | null) =>
    world.ask(
      { token: as } as Person,
      `mutation ($input: ReportInput!) { report(input: $input) { userErrors { code } } }`,
      {
        input: { subjectId, reason: "SPAM", note },
      },
    );
  await report(token, stranger.globalId, of("Report"));
  for (const subject of [id, video?.id ?? ""]) await report(moderated.token, subject, null);
  await world.server.database.query(
    `with left_group as (update participants set state = 'LEFT' where conversation_id = $1 and user_id = $2),
      left_inbox as (update inbox set state = 'LEFT' where conversation_id = $1 and user_id = $2)
     update conversations set participant_count = 1 where id = $1`,
    [rowOf(alone.conversation?.id), friend.id],
  );
  await act(world, token, "exportMyData", { password: PASSWORD });
  await makeExports(world.as(null), new AbortController().signal);
  await world.server.database.query("insert into identities (issuer, subject, user_id) values ($1, $1, $2)", [
    of("Issuer"),
    row,
  ]);
  return { id: row, globalId: id, token, mark, direct: rowOf(direct), group: rowOf(group), friend };
}

/** Comments on the video of a friend, with an answer and without, and as an answer; and those of others on one's own. */
async function discuss(
  world: World,
  token: string,
  { friend, theirs, own }: { friend: Person; theirs: string; own: string },
  of: (what: string) => string,
): Promise<void> {
  const add = async (as: string, videoId: string, text: string, more: Record<string, unknown> = {}) =>
    (await act(world, as, "addComment", { videoId, text, ...more })).comment?.id;
  const answered = await add(token, theirs, of("Comment"), { nonce: of("Comment nonce") });
  await add(friend.token, theirs, "An answer", { replyToId: answered });
  await add(token, theirs, of("Lonely comment"));
  const top = await add(friend.token, theirs, "A comment");
  const reply = await add(token, theirs, of("Reply"), { replyToId: top });
  for (const commentId of [answered, reply]) await act(world, friend.token, "likeComment", { commentId });
  await act(world, token, "likeComment", { commentId: top });
  const onOwn = await add(friend.token, own, "On yours");
  await add(token, own, `${of("Answer on my own")} #${of("said").replaceAll(/\W/g, "_")}`, {
    replyToId: onOwn,
  });
  await act(world, friend.token, "likeComment", { commentId: onOwn });
}

const rowOf = (id: string | undefined) => rowId("conversation", id ?? "");

/** The columns in which a person's id stands, by the names of their tables. */
export async function placesOf(world: World, id: string): Promise<string[]> {
  const columns = await world.server.database.query<{ table: string; column: string }>(
    `select table_name as table, column_name as column
     from information_schema.columns
     where table_schema = 'public' and data_type in ('bigint', 'ARRAY') and udt_name in ('int8', '_int8')
       and table_name not in (select inhrelid::regclass::text from pg_inherits)
     order by 1, 2`,
  );
  const places: string[] = [];
  for (const { table, column } of columns) {
    const [{ found } = { found: false }] = await world.server.database.query<{ found: boolean }>(
      `select exists (select from ${table} where $1 = any(string_to_array(trim(both '{}' from ${column}::text), ','))) as found`,
      [id],
    );
    if (found) places.push(`${table}.${column}`);
  }
  return places;
}
