/** Notifications as tests read them: a person's list, and what their stream tells of it. */
import type { Person, World } from "../support/world.ts";
import { changesSince } from "../visibility/cast.ts";

export interface Notification {
  readonly id: string;
  readonly kind: string;
  readonly at: string;
  readonly seen: boolean;
  readonly actorCount: number;
  readonly actors: readonly { id: string }[];
  readonly subject: { readonly __typename: string; readonly id: string } | null;
}
export const FIELDS = "id kind at seen actorCount actors { id } subject { __typename id }";

/** A person's badge and list, newest first. */
export async function notificationsOf(
  world: World,
  person: Person,
): Promise<{ unread: number; list: Notification[] }> {
  const { viewer } = await world.read<{
    viewer: { unread: { notifications: number }; notifications: { nodes: Notification[] } };
  }>(person, `{ viewer { unread { notifications } notifications { nodes { ${FIELDS} } } } }`);
  return { unread: viewer.unread.notifications, list: viewer.notifications.nodes };
}
interface Told {
  readonly __typename: string;
  readonly notification?: Notification | null;
  readonly ids?: string[];
}
const CHANGE = `... on NotificationAdded { notification { ${FIELDS} } } ... on AccessRevoked { ids }`;
/** What a person's stream says of notifications since a cursor. */
export const toldSince = async (world: World, person: Person, cursor: string) =>
  (await changesSince<Told>(world, person, cursor, CHANGE)).filter(({ __typename }) =>
    /NotificationAdded|AccessRevoked/.test(__typename),
  );
