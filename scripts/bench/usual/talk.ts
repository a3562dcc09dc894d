/** The usual way's resolvers of conversations and messages. */
import {
  Arg,
  Ctx,
  FieldResolver,
  ID,
  Int,
  Mutation,
  type PubSub,
  Query,
  Resolver,
  Root,
  Subscription,
} from "type-graphql";
import { ArrayContains, type DataSource, In, MoreThan, Not } from "typeorm";
import { Conversation, InboxEntry, Message, Participant, User } from "./entities.ts";
import type { UsualContext } from "./loaders.ts";
import {
  type Connection,
  MessageConnection,
  MessageReceived,
  ParticipantConnection,
  pageOf,
  SendMessageInput,
  SendMessagePayload,
} from "./types.ts";

const TAKES_PART = In(["ACTIVE", "REQUEST"]);
const TOPIC = "MESSAGE";

/** The resolvers of talk over `source`. */
export function talkResolvers(source: DataSource, pubSub: PubSub) {
  @Resolver(() => Conversation)
  class ConversationResolver {
    @Query(() => Conversation, { nullable: true })
    async conversation(
      @Ctx() { loaders }: UsualContext,
      @Arg("id", () => ID) id: string,
    ): Promise<Conversation | null> {
      if ((await loaders.participation.load(id)) === null) return null;
      return source.getRepository(Conversation).findOne({ where: { id } });
    }

    @FieldResolver(() => Date)
    async lastActivityAt(
      @Root() conversation: Conversation,
      @Ctx() { loaders }: UsualContext,
    ): Promise<Date> {
      return (await loaders.inboxEntry.load(conversation.id))?.lastActivityAt ?? conversation.lastActivityAt;
    }

    @FieldResolver(() => Int)
    async unreadCount(@Root() { id }: Conversation, @Ctx() { loaders }: UsualContext): Promise<number> {
      return (await loaders.inboxEntry.load(id))?.unread ?? 0;
    }

    @FieldResolver(() => ParticipantConnection)
    async participants(
      @Root() { id }: Conversation,
      @Ctx() { loaders }: UsualContext,
      @Arg("first", () => Int) first: number,
    ): Promise<Connection<Participant>> {
      return pageOf(await loaders.participantsOf.load(id), first, ({ userId }) => userId);
    }

    @FieldResolver(() => Message, { nullable: true })
    async lastMessage(
      @Root() conversation: Conversation,
      @Ctx() { loaders }: UsualContext,
    ): Promise<Message | null> {
      const [own, message] = await Promise.all([
        loaders.participation.load(conversation.id),
        loaders.lastMessage.load(conversation),
      ]);
      return own === null || message === null || message.position <= own.historyFrom ? null : message;
    }

    @FieldResolver(() => MessageConnection)
    async messages(
      @Root() { id }: Conversation,
      @Ctx() { loaders }: UsualContext,
      @Arg("last", () => Int) last: number,
    ): Promise<Connection<Message>> {
      const own = await loaders.participation.load(id);
      const messages = await source.getRepository(Message).find({
        where: { conversationId: id, position: MoreThan(own?.historyFrom ?? 0) },
        order: { position: "DESC" },
        take: last + 1,
      });
      const { nodes, pageInfo } = pageOf(messages, last, ({ position }) => String(position));
      return {
        nodes: nodes.reverse(),
        pageInfo: {
          hasNextPage: false,
          hasPreviousPage: pageInfo.hasNextPage,
          startCursor: pageInfo.endCursor,
          endCursor: pageInfo.startCursor,
        },
      };
    }
  }

  @Resolver(() => Participant)
  class ParticipantResolver {
    @FieldResolver(() => User, { nullable: true })
    user(@Root() participant: Participant, @Ctx() { loaders }: UsualContext): Promise<User | null> {
      return loaders.user.load(participant.userId);
    }
  }

  const isHidden = async ({ conversationId, senderId }: Message, { loaders }: UsualContext) => {
    const own = await loaders.participation.load(conversationId);
    return senderId !== null && (own?.hides.includes(senderId) ?? false);
  };

  /** All of a send that has to hold together. */
  const send = (senderId: string, { conversationId, body, nonce }: SendMessageInput) =>
    source.transaction(async (manager) => {
      const sender = await manager.findOne(Participant, {
        where: { conversationId, userId: senderId, state: TAKES_PART },
      });
      const conversation = await manager.findOne(Conversation, {
        where: { id: conversationId },
        lock: { mode: "pessimistic_write" },
      });
      if (sender === null || conversation === null) return null;
      const earlier = await manager.findOne(Message, { where: { conversationId, senderId, nonce } });
      if (earlier !== null) return { message: earlier, duplicate: true, participants: [] };

      const now = new Date();
      const position = conversation.lastPosition + 1;
      const message = manager.create(Message, {
        conversationId,
        position,
        senderId,
        kind: "TEXT",
        body,
        nonce,
        createdAt: now,
      });
      await manager.save(message);
      conversation.lastPosition = position;
      conversation.lastActivityAt = now;
      await manager.save(conversation);

      const participants = await manager.find(Participant, {
        where: { conversationId, state: TAKES_PART, hides: Not(ArrayContains([senderId])) },
      });
      const others = participants.map(({ userId }) => userId).filter((userId) => userId !== senderId);
      const inbox = { conversationId, userId: In(others) };
      await manager.increment(InboxEntry, inbox, "unread", 1);
      await manager.update(InboxEntry, inbox, { lastActivityAt: now });
      await manager.update(
        InboxEntry,
        { conversationId, userId: senderId },
        { state: "ACTIVE", lastActivityAt: now, unread: 0, readUpTo: position },
      );
      return { message, duplicate: false, participants: others };
    });

  @Resolver(() => Message)
  class MessageResolver {
    @Mutation(() => SendMessagePayload)
    async sendMessage(
      @Ctx() { viewerId }: UsualContext,
      @Arg("input", () => SendMessageInput) input: SendMessageInput,
    ): Promise<SendMessagePayload> {
      const sent = await send(viewerId, input);
      if (sent === null) {
        const userErrors = [{ code: "NOT_FOUND", message: "There is no such conversation." }];
        return { message: null, duplicate: false, userErrors };
      }
      for (const userId of sent.participants) pubSub.publish(TOPIC, userId, sent.message);
      return { message: sent.message, duplicate: sent.duplicate, userErrors: [] };
    }

    @Subscription(() => MessageReceived, {
      topics: TOPIC,
      topicId: ({ context }) => (context as UsualContext).viewerId,
    })
    messageReceived(@Root() message: Message): MessageReceived {
      return { cursor: String(message.position), message };
    }

    @FieldResolver(() => String, { nullable: true })
    async body(@Root() message: Message, @Ctx() context: UsualContext): Promise<string | null> {
      return (await isHidden(message, context)) ? null : message.body;
    }

    @FieldResolver(() => String)
    async status(@Root() message: Message, @Ctx() context: UsualContext): Promise<string> {
      return (await isHidden(message, context)) ? "HIDDEN" : "SENT";
    }

    @FieldResolver(() => User, { nullable: true })
    sender(@Root() { senderId }: Message, @Ctx() { loaders }: UsualContext): Promise<User | null> | null {
      return senderId === null ? null : loaders.user.load(senderId);
    }
  }
  return [ConversationResolver, ParticipantResolver, MessageResolver] as const;
}
