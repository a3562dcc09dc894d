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
import type { Context } from "./context.ts";
import {
  ConversationPayloadResolver,
  ConversationResolver,
  ParticipantResolver,
} from "./conversation/conversation.resolver.ts";
import * as events from "./event/event.resolver.ts";
import {
  FriendRequestResolver,
  FriendshipResolver,
  RelationshipResolver,
} from "./friendship/friendship.resolver.ts";
import { MessageResolver, SendMessagePayloadResolver } from "./message/message.resolver.ts";
import { NodeResolver } from "./node.resolver.ts";
import { typeOf } from "./node.ts";
import { answering } from "./payload.ts";
import { ShareResolver, ShareResultResolver, ShareVideoPayloadResolver } from "./share/share.resolver.ts";
import { UserResolver } from "./user/user.resolver.ts";
import { validateInput } from "./validate.input.ts";
import { VideoPayloadResolver, VideoResolver } from "./video/video.resolver.ts";

const resolvers = [
  AccountResolver,
  ViewerResolver,
  UnreadCountsResolver,
  UserResolver,
  FriendshipResolver,
  RelationshipResolver,
  FriendRequestResolver,
  VideoResolver,
  VideoPayloadResolver,
  ConversationResolver,
  ConversationPayloadResolver,
  ParticipantResolver,
  MessageResolver,
  SendMessagePayloadResolver,
  ShareResolver,
  ShareResultResolver,
  ShareVideoPayloadResolver,
  NodeResolver,
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
  Mutation: "What can be done; each answers with a payload that says why it was refused, if it was.",
  Subscription: "What can be followed, over a WebSocket.",
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
