/** The schema: built by type-graphql from the resolvers, then gone over once for speed and for the mutations' answers. */
import {
  defaultFieldResolver,
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  GraphQLScalarType,
  type GraphQLSchema,
  getNullableType,
  isAbstractType,
  isObjectType,
} from "graphql";
import { buildSchemaSync, getMetadataStorage, type PubSub } from "type-graphql";
import { AccountResolver } from "./account/account.resolver.ts";
import { UnreadCountsResolver, ViewerResolver } from "./account/viewer.resolver.ts";
import * as comments from "./comment/comment.resolver.ts";
import { ContactMatchesResolver, ContactResolver } from "./contact/contact.resolver.ts";
import type { Context } from "./context.ts";
import {
  ConversationPayloadResolver,
  ConversationResolver,
  ParticipantResolver,
} from "./conversation/conversation.resolver.ts";
import * as groups from "./conversation/group.resolver.ts";
import { InboxResolver } from "./conversation/inbox.resolver.ts";
import { MessageRequestResolver } from "./conversation/message-request.resolver.ts";
import { DeletionResolver } from "./deletion/deletion.resolver.ts";
import * as engagement from "./engagement/engagement.resolver.ts";
import * as events from "./event/event.resolver.ts";
import * as exports from "./export/export.resolver.ts";
import { FeedItemResolver, FeedResolver } from "./feed/feed.resolver.ts";
import {
  FriendRequestResolver,
  FriendshipResolver,
  RelationshipResolver,
} from "./friendship/friendship.resolver.ts";
import { HashtagResolver, VideoHashtagsResolver } from "./hashtag/hashtag.resolver.ts";
import * as invites from "./invite/invite.resolver.ts";
import {
  MessagePayloadResolver,
  MessageResolver,
  SendMessagePayloadResolver,
} from "./message/message.resolver.ts";
import * as notices from "./message/notice.resolver.ts";
import { MessageSearchResolver } from "./message/search.resolver.ts";
import * as moments from "./moment/moment.resolver.ts";
import { NodeResolver } from "./node.resolver.ts";
import { typeOf } from "./node.ts";
import {
  NotificationResolver,
  UnreadNotificationResolver,
  ViewerNotificationResolver,
} from "./notification/notification.resolver.ts";
import { answering } from "./payload.ts";
import { PinResolver } from "./pin/pin.resolver.ts";
import { PolicyResolver } from "./policy/policy.resolver.ts";
import { ConversationPresenceResolver, PresenceResolver } from "./presence/presence.resolver.ts";
import { ProfileResolver } from "./profile/profile.resolver.ts";
import { ReactionGroupResolver, ReactionResolver } from "./reaction/reaction.resolver.ts";
import {
  ReportPayloadResolver,
  ReportResolver,
  ResolveReportPayloadResolver,
  ViewerReportResolver,
} from "./report/report.resolver.ts";
import { SearchResolver } from "./search/search.resolver.ts";
import { SessionResolver, ViewerSessionsResolver } from "./session/session.resolver.ts";
import { DiscussionResolver } from "./share/discussion.resolver.ts";
import { ShareResolver, ShareResultResolver, ShareVideoPayloadResolver } from "./share/share.resolver.ts";
import { CreateShareLinkPayloadResolver, ShareLinkResolver } from "./share-link/share-link.resolver.ts";
import { ShareTargetResolver, ViewerShareTargetsResolver } from "./share-target/share-target.resolver.ts";
import {
  FriendSuggestionResolver,
  FriendSuggestionsResolver,
  MutualFriendsReasonResolver,
  SharedConversationReasonResolver,
} from "./suggestion/suggestion.resolver.ts";
import { UploadPayloadResolver, UploadResolver } from "./upload/upload.resolver.ts";
import { UserResolver } from "./user/user.resolver.ts";
import { validateInput } from "./validate.input.ts";
import { VideoPayloadResolver, VideoResolver } from "./video/video.resolver.ts";
import { VideoAccessResolver } from "./video-access/video-access.resolver.ts";

const resolvers = [
  AccountResolver,
  ViewerResolver,
  UnreadCountsResolver,
  UserResolver,
  ProfileResolver,
  SessionResolver,
  ViewerSessionsResolver,
  FriendshipResolver,
  RelationshipResolver,
  FriendRequestResolver,
  FriendSuggestionsResolver,
  FriendSuggestionResolver,
  MutualFriendsReasonResolver,
  SharedConversationReasonResolver,
  VideoResolver,
  VideoPayloadResolver,
  UploadResolver,
  UploadPayloadResolver,
  FeedResolver,
  FeedItemResolver,
  ConversationResolver,
  ConversationPayloadResolver,
  ParticipantResolver,
  InboxResolver,
  MessageRequestResolver,
  MessageResolver,
  SendMessagePayloadResolver,
  MessagePayloadResolver,
  ReactionResolver,
  ReactionGroupResolver,
  PinResolver,
  PresenceResolver,
  ConversationPresenceResolver,
  ShareResolver,
  ShareResultResolver,
  ShareVideoPayloadResolver,
  DiscussionResolver,
  ShareTargetResolver,
  ViewerShareTargetsResolver,
  ShareLinkResolver,
  CreateShareLinkPayloadResolver,
  VideoAccessResolver,
  ContactResolver,
  ContactMatchesResolver,
  PolicyResolver,
  ReportResolver,
  ViewerReportResolver,
  ReportPayloadResolver,
  ResolveReportPayloadResolver,
  NotificationResolver,
  ViewerNotificationResolver,
  UnreadNotificationResolver,
  DeletionResolver,
  HashtagResolver,
  VideoHashtagsResolver,
  SearchResolver,
  MessageSearchResolver,
  NodeResolver,
  ...Object.values(comments),
  ...Object.values(engagement),
  ...Object.values(exports),
  ...Object.values(invites),
  ...Object.values(groups),
  ...Object.values(notices),
  ...Object.values(moments),
  ...Object.values(events),
] as const;

// type-graphql asks for one; here every subscription brings its own source, which is the viewer's log.
const noPubSub: PubSub = {
  publish() {
    throw new Error("Events are told through the viewers' logs.");
  },
  subscribe() {
    throw new Error("Subscriptions read the viewers' logs.");
  },
};

const ROOTS = {
  Query: "What can be read.",
  Mutation:
    "What can be done; each answers with a payload that says why it was refused, if it was. INVALID for an input that breaks a rule and NOT_FOUND for what the viewer may not see hold for all, and are said again only where they mean more.",
  Subscription: "What can be followed, over a WebSocket or a stream of server-sent events.",
};

type Resolve = GraphQLFieldResolver<unknown, Context>;

/** Builds the executable schema. */
export function createSchema(): GraphQLSchema {
  const schema = buildSchemaSync({
    resolvers: [...resolvers],
    orphanedTypes: [],
    pubSub: noPubSub,
    validateFn: validateInput,
  });
  for (const [name, description] of Object.entries(ROOTS)) {
    Object.assign(schema.getType(name) ?? {}, { description });
  }
  const direct = directResolvers();
  for (const type of Object.values(schema.getTypeMap())) {
    // type-graphql resolves these asynchronously; graphql-jit needs an answer at once.
    if (isAbstractType(type)) type.resolveType = typeOf as never;
    if (isObjectType(type) && !type.name.startsWith("__")) refine(schema, type, direct);
  }
  return schema;
}

function refine(schema: GraphQLSchema, type: GraphQLObjectType, direct: ReadonlyMap<string, Resolve>): void {
  for (const field of Object.values(type.getFields())) {
    const place = `${type.name}.${field.name}`;
    const own = direct.get(place);
    if (type === schema.getMutationType()) {
      field.resolve = answering(
        getNullableType(field.type),
        (field.resolve ?? defaultFieldResolver) as Resolve,
      );
    } else if (own !== undefined) {
      field.resolve = own;
    } else if (!rootTypes(schema).includes(type) && field.args.length === 0) {
      // A plain field: type-graphql's wrapper would read the same property, at 1.4 times the cost of a query.
      field.resolve = defaultFieldResolver;
    }
  }
}

function rootTypes(schema: GraphQLSchema): unknown[] {
  return [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
}

/**
 * The resolvers of fields whose parameters need no conversion, called directly. type-graphql would do the same by way
 * of a list of parameters, a chain of middleware and a promise for each argument. Authorisation is not lost: it does
 * not live in fields.
 */
function directResolvers(): Map<string, Resolve> {
  const direct = new Map<string, Resolve>();
  const { fieldResolvers, queries, objectTypes } = getMetadataStorage();
  const instances = new Map<unknown, Methods>();
  const instanceOf = (target: unknown): Methods => {
    const instance = instances.get(target) ?? (Reflect.construct(target as never, []) as Methods);
    instances.set(target, instance);
    return instance;
  };
  const bind = (place: string, target: unknown, method: string, params: readonly Parameter[]) => {
    const readers = [...params].sort((a, b) => a.index - b.index).map(readParameter);
    if (!readers.every((reader) => reader !== null)) return;
    const instance = instanceOf(target);
    const call = instance[method];
    if (call === undefined) throw new Error(`${place} has no method.`);
    direct.set(place, (root, args, context) =>
      call.apply(
        instance,
        readers.map((read) => read(root, args, context)),
      ),
    );
  };
  for (const { kind, target, methodName, schemaName, params, getObjectType } of fieldResolvers) {
    const object = objectTypes.find((type) => type.target === getObjectType?.());
    if (kind === "external" && object !== undefined) {
      bind(`${object.name}.${schemaName}`, target, methodName, (params ?? []) as Parameter[]);
    }
  }
  for (const { target, methodName, schemaName, params } of queries) {
    bind(`Query.${schemaName}`, target, methodName, (params ?? []) as Parameter[]);
  }
  return direct;
}

type Methods = Record<string, ((...parameters: unknown[]) => unknown) | undefined>;

/** What type-graphql knows of a resolver method's parameter, as far as it is looked at here. */
interface Parameter {
  readonly kind: string;
  readonly index: number;
  readonly name?: string;
  readonly propertyName?: string;
  readonly getType?: () => unknown;
}

type ReadParameter = (root: unknown, args: Record<string, unknown>, context: Context) => unknown;

/** How a parameter is read without type-graphql; null for an input object, which has to be validated. */
function readParameter({ kind, name = "", propertyName, getType }: Parameter): ReadParameter | null {
  if (propertyName !== undefined) return null;
  switch (kind) {
    case "root":
      return (root) => root;
    case "context":
      return (_root, _args, context) => context;
    case "args":
      return (_root, args) => args;
    case "arg":
      return isInputObject(getType?.()) ? null : (_root, args) => args[name];
    default:
      return null;
  }
}

function isInputObject(type: unknown): boolean {
  return (
    typeof type === "function" &&
    !(type instanceof GraphQLScalarType) &&
    getMetadataStorage().inputTypes.some(({ target }) => target === type)
  );
}
