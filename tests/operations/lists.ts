/** The inbox and the message requests of somebody, as tests read them. */
import type { Person, World } from "../support/world.ts";

interface Lists {
  conversations: { nodes: { id: string }[] };
  messageRequests: { nodes: { id: string; unreadCount: number; viewerSettings: { state: string } }[] };
  unread: { conversations: number; messageRequests: number };
}

/** What is in somebody's inbox, what is asked of them, and the badges of both. */
export async function readLists(world: World, person: Person) {
  const { viewer } = await world.read<{ viewer: Lists }>(
    person,
    `{ viewer {
      conversations { nodes { id } }
      messageRequests { nodes { id unreadCount viewerSettings { state } } }
      unread { conversations messageRequests }
    } }`,
  );
  const { conversations, messageRequests, unread } = viewer;
  return { inbox: conversations.nodes.map(({ id }) => id), requests: messageRequests.nodes, unread };
}
