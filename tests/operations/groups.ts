/** Groups as tests manage and read them. */
import { globalId } from "../../src/ids.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { type Person, World } from "../support/world.ts";
import { changesSince } from "../visibility/cast.ts";
import { mutate, type Node } from "./mutations.ts";

export interface Read {
  readonly title: string | null;
  readonly avatarUrl: string | null;
  readonly participantCount: number;
  readonly unreadCount: number;
  readonly participants: { readonly nodes: { role: string; user: { handle: string } | null }[] };
  readonly messages: { readonly nodes: { kind: string; body: string | null; position: number }[] };
}
interface Change {
  readonly __typename: string;
  readonly conversationId?: string;
}

/** The input of whatever is done to a conversation. */
export const inGroup = (group: string, more: object = {}) => ({
  conversationId: globalId("conversation", group),
  ...more,
});
// Names are told apart by numbers at their ends.
const plain = (words: string) => words.replace(/(?<=[a-z])\d+/g, "");

/** A world on two nodes, and what is done to the groups in it. */
export class Groups {
  #made = 0;

  private constructor(
    readonly world: World,
    readonly otherNode: { readonly server: TestServer },
  ) {}

  static async start(): Promise<Groups> {
    const world = await World.start();
    const server = await startTestServer({ demo: false, database: world.server.database });
    return new Groups(world, { server });
  }

  async stop(): Promise<void> {
    await this.otherNode.server.stop();
    await this.world.stop();
  }

  /** A group of an owner, an admin and a member, and somebody outside of it who is a friend of all of them. */
  async company() {
    const { world } = this;
    this.#made++;
    const [owner, admin, member, guest] = await world.people(
      `owner${this.#made}`,
      `admin${this.#made}`,
      `member${this.#made}`,
      `guest${this.#made}`,
    );
    const group = await world.group(owner, [admin, member], "Bread");
    await world.befriend(guest, owner, admin, member);
    await this.setRole(owner, group, admin, "ADMIN");
    return { owner, admin, member, guest, group };
  }

  update(person: Person, group: string, change: object, node: Node = this.world) {
    return mutate(node, person, "updateConversation", inGroup(group, change));
  }
  add(person: Person, group: string, people: readonly Person[], node: Node = this.world) {
    const userIds = people.map(({ globalId }) => globalId);
    return mutate(node, person, "addParticipants", inGroup(group, { userIds }));
  }
  remove(person: Person, group: string, other: Person, node: Node = this.world) {
    return mutate(node, person, "removeParticipant", inGroup(group, { userId: other.globalId }));
  }
  setRole(person: Person, group: string, other: Person, role: string, node: Node = this.world) {
    return mutate(node, person, "setParticipantRole", inGroup(group, { userId: other.globalId, role }));
  }
  leave(person: Person, group: string, node: Node = this.world) {
    return mutate(node, person, "leaveConversation", inGroup(group));
  }

  async open(person: Person, group: string): Promise<Read | null> {
    const question = `query ($id: ID!) { conversation(id: $id) {
      title avatarUrl participantCount unreadCount
      participants(first: 100) { nodes { role user { handle } } }
      messages(last: 100) { nodes { kind body position } }
    } }`;
    const id = globalId("conversation", group);
    return (await this.world.read<{ conversation: Read | null }>(person, question, { id })).conversation;
  }

  /** Who takes part, and as what. */
  async rolesIn(person: Person, group: string): Promise<Record<string, string>> {
    const nodes = (await this.open(person, group))?.participants.nodes ?? [];
    return Object.fromEntries(nodes.map(({ role, user }) => [plain(user?.handle ?? "?"), role]));
  }

  async bodies(person: Person, group: string): Promise<(string | null)[]> {
    const nodes = (await this.open(person, group))?.messages.nodes ?? [];
    return nodes.map(({ body }) => (body === null ? null : plain(body)));
  }

  async inboxOf(person: Person): Promise<string[]> {
    const { viewer } = await this.world.read<{ viewer: { conversations: { nodes: { id: string }[] } } }>(
      person,
      "{ viewer { conversations(first: 100) { nodes { id } } } }",
    );
    return viewer.conversations.nodes.map(({ id }) => id);
  }

  /** What a person's stream has said since a cursor. */
  async changes(person: Person, cursor: string): Promise<Change[]> {
    const fields = "... on ConversationLeft { conversationId }";
    const all = await changesSince<Change>(this.world, person, cursor, fields);
    return all.filter(({ __typename }) => __typename !== "VideoChanged");
  }
  async kinds(person: Person, cursor: string): Promise<string[]> {
    return (await this.changes(person, cursor)).map(({ __typename }) => __typename);
  }
}
