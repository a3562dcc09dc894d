/** What the schema promises of itself: fresh, described, open only where somebody said so, and of one shape. */
import { readFileSync } from "node:fs";
import {
  defaultFieldResolver,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isNonNullType,
  isObjectType,
  isSpecifiedScalarType,
} from "graphql";
import { printedSchema, schemaFile } from "../../src/graphql/print.ts";
import { createSchema } from "../../src/graphql/schema.ts";

/**
 * The fields of the nouns that the world may see. Whoever adds one says so here, after asking: who may know it, of whom,
 * and what does it tell about a third person?
 */
const OPEN: Readonly<Record<string, string>> = {
  User: `avatarUrl bio createdAt displayName friendCount friends handle id lastActiveAt moments mutualFriends
    relationship videos`,
  Viewer: `birthDate blockedUsers contactMatches conversations country dataExports email eventCursor feed friendCode friendRequests friendSuggestions
    friends messageRequests momentTray notifications phone policy privacy reports savedVideos searchMessages sessions shareTargets unread user`,
  Relationship: `canMessage canRequestFriendship friendsSince isBlocked isCloseFriend metThrough mutedUntil
    mutualFriendCount state user`,
  FriendEdge: "cursor isCloseFriend metThrough node since",
  FriendRequest: "createdAt from id metThrough mutualFriendCount note to",
  FriendCode: "code expiresAt qrSvg url",
  Invite: "code conversation expiresAt from status url usesLeft",
  Hashtag: "name videoCount videos",
  Video: `audience author caption commentCount comments commentsFrom createdAt discussions durationMs friendActivity hashtags height id likeCount likers mentions playbackUrl
    repostCount shareCount status thumbnailUrl viewCount viewerCanComment viewerHasLiked viewerHasReposted viewerHasSaved width`,
  Comment:
    "author createdAt deletedAt id likeCount mentions replies replyCount replyTo text video viewerHasLiked",
  VideoUpload: "bytesReceived expiresAt failure id status uploadUrl video",
  FriendActivity: "at friend kind",
  Conversation: `avatarUrl createdAt id kind lastActivityAt lastMessage messages participantCount participants pinnedMessages
    shares title
    unreadCount viewerSettings`,
  Participant: "joinedAt readUpTo role user",
  Message: `body conversation createdAt editedAt id kind mentions moment nonce notice position reactions replyTo sender share status topic
    videoAtMs`,
  Moment: "audience author createdAt expiresAt id text video viewerHasSeen viewers",
  ReactionGroup: "count emoji users viewerHasReacted",
  Notice: "kind people title",
  Notification: "actorCount actors at id kind seen subject",
  Report: "createdAt excerpt id note reason reporter status subject",
  Session: "createdAt current id lastUsedAt userAgent",
  DataExport: "createdAt expiresAt id status url",
  ShareTarget: "alreadyShared canSend conversation reasons recipientsWhoCannotSee user",
  ShareLink: "code openCount sharedBy url video",
  Unavailable: "canRequestAccess reason requestedAt videoId",
  Share: `conversation createdAt id lastActivityAt message note replies replyCount sharedBy unavailable unreadCount
    video`,
};

/** Names that a secret might have, and the few places where it is the client's own. */
const SECRETIVE = /password|hash(?!tag)|secret|salt|token|nonce|session|deleted/i;
const OWN = [
  "AddCommentInput.nonce",
  "ChangePasswordInput.currentPassword",
  "ChangePasswordInput.newPassword",
  "Comment.deletedAt",
  "Credentials.accessToken",
  "Credentials.accessTokenExpiresAt",
  "Credentials.refreshToken",
  "Credentials.refreshTokenExpiresAt",
  "DeleteAccountInput.password",
  "DeleteCommentPayload.deletedId",
  "DeleteMomentPayload.deletedId",
  "DeleteVideoPayload.deletedId",
  "ExportMyDataInput.password",
  "Message.nonce",
  "Mutation.changePassword",
  "Mutation.changePassword(input)",
  "Mutation.refreshSession",
  "Mutation.refreshSession(input)",
  "PostMomentInput.nonce",
  "PublishVideoInput.nonce",
  "RefreshSessionInput.refreshToken",
  "SendMessageInput.nonce",
  "ShareVideoInput.nonce",
  "SignInInput.password",
  "SignOutInput.sessionId",
  "SignUpInput.password",
  "StartConversationInput.nonce",
  "SyncContactsInput.emailHashes",
  "SyncContactsInput.phoneHashes",
  "Viewer.sessions",
];

/** Edges that are always there: the viewer may see themselves, and whom they may not see is not suggested, nor told of. */
const NEVER_NULL = [
  "FeedItem.video",
  "FriendActivity.friend",
  "FriendSuggestion.user",
  "PostedByFriend.friend",
  "Viewer.user",
];

/** Lists of which not even the length is everybody's business. */
const HIDDEN_LISTS = ["Moment.viewers", "User.friends"];

const schema = createSchema();
const types = Object.values(schema.getTypeMap()).filter(
  (type) => !type.name.startsWith("__") && !isSpecifiedScalarType(type),
);
const objects = types.filter(isObjectType);
const connections = objects.filter(({ name }) => name.endsWith("Connection"));
const edges = objects.filter(({ name }) => name.endsWith("Edge"));

type Field = GraphQLField<unknown, unknown>;
const fieldsOf = (type: GraphQLObjectType): Field[] => Object.values(type.getFields());

/** Everything in a type that a client can read about: its name, its fields, their arguments, its values. */
function placesOf(type: GraphQLNamedType): [place: string, description: string | null | undefined][] {
  const places: [string, string | null | undefined][] = [[type.name, type.description]];
  if (isEnumType(type)) {
    for (const value of type.getValues()) places.push([`${type.name}.${value.name}`, value.description]);
  } else if (isInputObjectType(type)) {
    for (const field of Object.values(type.getFields()))
      places.push([`${type.name}.${field.name}`, field.description]);
  } else if (isObjectType(type) || isInterfaceType(type)) {
    for (const field of Object.values(type.getFields())) {
      places.push([`${type.name}.${field.name}`, field.description]);
      for (const arg of field.args) places.push([`${type.name}.${field.name}(${arg.name})`, arg.description]);
    }
  }
  return places;
}

test("schema/schema.graphql is what the code prints", () => {
  expect(readFileSync(schemaFile, "utf8")).toBe(printedSchema());
});

test("every type, field, argument, enum value and input field is described in a sentence", () => {
  const poor = types
    .flatMap(placesOf)
    .filter(([, description]) => !/^["`\d\p{Lu}].*[.?!)]$/su.test(description ?? ""));
  expect(poor).toEqual([]);
});

test.each(Object.entries(OPEN))("%s has the fields that the world may see, and no other", (name, open) => {
  const type = objects.find((object) => object.name === name);
  expect(
    fieldsOf(type as GraphQLObjectType)
      .map((field) => field.name)
      .sort(),
  ).toEqual(open.split(/\s+/));
});

test("whatever can be reached by an id of its own has a list of open fields", () => {
  const nouns = objects.filter((type) => type.getInterfaces().length > 0).map(({ name }) => name);
  expect(nouns.filter((name) => !Object.hasOwn(OPEN, name))).toEqual([]);
});

test("nothing secret has a name in the schema, but what is the client's own", () => {
  const names = types.flatMap(placesOf).map(([place]) => place);
  const secretive = names.filter(
    (place) => SECRETIVE.test(place.slice(place.indexOf(".") + 1)) && place.includes("."),
  );
  expect(secretive.sort()).toEqual(OWN);
});

test("an edge to another noun is nullable, for it may be hidden; a list leaves out what is hidden", () => {
  const isNoun = (type: unknown) => isObjectType(type) && type.getInterfaces().length > 0;
  const sure = objects
    .filter((type) => !connections.includes(type) && !edges.includes(type))
    .flatMap((type) =>
      fieldsOf(type)
        .filter((field) => isNonNullType(field.type) && isNoun(field.type.ofType))
        .map((field) => `${type.name}.${field.name}`),
    );
  expect(sure.sort()).toEqual(NEVER_NULL);
});

test("a list has no holes, but for `nodes`, which answers in the order of its ids", () => {
  const holes = objects
    .flatMap((type) => fieldsOf(type).map((field) => [`${type.name}.${field.name}`, String(field.type)]))
    .filter(([, type]) => /^\[.*[^!]\]!?$/.test(type ?? ""));
  expect(holes).toEqual([["Query.nodes", "[Node]!"]]);
});

test("every connection has the same shape, and its fields are never null", () => {
  expect(connections.length).toBeGreaterThan(0);
  for (const { name, getFields } of connections.map((type) => ({
    name: type.name,
    getFields: () => type.getFields(),
  }))) {
    const { edges: list, nodes, pageInfo, ...rest } = getFields();
    const edge = objects.find((type) => type === getNamedType((list as Field).type)) as GraphQLObjectType;
    const node = getNamedType((nodes as Field).type).name;
    const shape = [list, nodes, pageInfo, edge.getFields().cursor, edge.getFields().node].map((f) =>
      String(f?.type),
    );
    expect([name, ...shape]).toEqual([
      name,
      `[${edge.name}!]!`,
      `[${node}!]!`,
      "PageInfo!",
      "String!",
      `${node}!`,
    ]);
    expect([name, ...Object.keys(rest)]).toEqual([name]);
  }
});

test("every field that gives a connection is paged forwards, or both ways, and null only where a list is hidden", () => {
  for (const type of objects) {
    for (const field of fieldsOf(type).filter((each) =>
      connections.includes(getNamedType(each.type) as never),
    )) {
      const paging = field.args
        .map((arg) => arg.name)
        .filter((name) => /^(first|after|last|before)$/.test(name));
      expect(["after first", "after before first last"]).toContain(paging.sort().join(" "));
      const place = `${type.name}.${field.name}`;
      expect([place, isNonNullType(field.type)]).toEqual([place, !HIDDEN_LISTS.includes(place)]);
    }
  }
});

test("every mutation takes one input and answers with a payload that has userErrors", () => {
  for (const { name, args, type } of fieldsOf(schema.getMutationType() as GraphQLObjectType)) {
    expect([name, ...args.map((arg) => `${arg.name}: ${arg.type}`)]).toEqual([
      name,
      expect.stringMatching(/^input: \w+Input!$/),
    ]);
    const payload = getNamedType(type) as GraphQLObjectType;
    expect(String(type)).toBe(`${payload.name}!`);
    expect(String(payload.getFields().userErrors?.type)).toBe("[UserError!]!");
  }
});

test("every field that takes arguments is resolved by what its resolver says, not by a property of that name", () => {
  const unresolved = objects.flatMap((type) =>
    fieldsOf(type)
      .filter((field) => field.args.length > 0 && field.resolve === defaultFieldResolver)
      .map((field) => `${type.name}.${field.name}`),
  );
  expect(unresolved).toEqual([]);
});

test("no argument and no input field has a default value, which compiled execution would get wrong", () => {
  const args = objects.flatMap((type) => fieldsOf(type).flatMap((field) => field.args));
  const fields = types.filter(isInputObjectType).flatMap((type) => Object.values(type.getFields()));
  expect([...args, ...fields].filter(({ defaultValue }) => defaultValue !== undefined)).toEqual([]);
});
