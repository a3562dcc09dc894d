/** Pins: set, taken off, and shown. */
import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from "type-graphql";
import { pinMessage, unpinMessage } from "../../actions/pin.ts";
import type { OwnConversation } from "../../loaders/conversation.ts";
import { pinnedMessagesOf } from "../../loaders/pin.ts";
import type { Context } from "../context.ts";
import { ConversationType } from "../conversation/conversation.type.ts";
import { MessageIdInput, placeOf } from "../message/message.input.ts";
import { MessagePayload, MessageType } from "../message/message.type.ts";

@Resolver(() => ConversationType)
export class PinResolver {
  @Mutation(() => MessagePayload, {
    description:
      "Pins a message for everybody in its conversation; in a group its owner and its admins may. FORBIDDEN for everybody else, for a notice, for what is hidden and in a message request until it is answered, UNAVAILABLE where the other of two can't be reached, CONFLICT for what was taken back, LIMIT_REACHED after 50, TOO_MANY_REQUESTS.",
  })
  async pinMessage(
    @Ctx() context: Context,
    @Arg("input", () => MessageIdInput, { description: "The message." }) input: MessageIdInput,
  ) {
    const place = placeOf(input.messageId);
    await pinMessage(context, place);
    return new MessagePayload(place);
  }

  @Mutation(() => MessagePayload, {
    description:
      "Unpins a message; one that is not pinned stays so. In a group its owner and its admins may: FORBIDDEN for everybody else and for who has not answered the message request, UNAVAILABLE where the other of two can't be reached, TOO_MANY_REQUESTS.",
  })
  async unpinMessage(
    @Ctx() context: Context,
    @Arg("input", () => MessageIdInput, { description: "The message." }) input: MessageIdInput,
  ) {
    const place = placeOf(input.messageId);
    await unpinMessage(context, place);
    return new MessagePayload(place);
  }

  @FieldResolver(() => [MessageType], {
    description: "The pinned messages that the viewer can read, newest pin first; at most 50.",
  })
  pinnedMessages(@Root() { id }: OwnConversation, @Ctx() { loads }: Context) {
    return pinnedMessagesOf(loads, id);
  }
}
