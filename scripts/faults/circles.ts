/** Who talks to whom in a fault run: groups whose listeners overlap, and pairs. */
import { befriend, converse, type Person, signUp } from "./people.ts";

/** A conversation, by row id; everybody in it is a friend of the first sender, who began it. */
export interface Circle {
  readonly conversation: string;
  readonly senders: readonly Person[];
  readonly listeners: readonly Person[];
  readonly isGroup: boolean;
}

export interface Size {
  readonly groups: number;
  /** Of each group. */
  readonly senders: number;
  readonly listeners: number;
  /** How many listeners of each group are in the next one as well. */
  readonly guests: number;
  /** Direct conversations between a sender and a listener of each group. */
  readonly pairs: number;
}

/** Signs people up, makes them friends and starts their conversations. */
export async function gather(url: string, secret: string, size: Size): Promise<Circle[]> {
  const handles = (kind: string, group: number, count: number) =>
    Array.from({ length: count }, (_, at) => `${kind}.${group + 1}.${at + 1}`);
  const groups = await Promise.all(
    Array.from({ length: size.groups }, async (_, group) => ({
      senders: await signUp(url, secret, handles("sender", group, size.senders)),
      listeners: await signUp(url, secret, handles("listener", group, size.listeners)),
    })),
  );
  const circles = groups.map(async ({ senders, listeners }, group) => {
    const guests = groups.at(group - 1)?.listeners.slice(0, size.guests) ?? [];
    const [owner, ...others] = senders;
    if (owner === undefined) throw new Error("A group needs a sender.");
    const all = [...listeners, ...guests];
    await befriend(url, owner, [...others, ...all]);
    const conversation = await converse(url, owner, [...others, ...all], `Group ${group + 1}`);
    const found: Circle[] = [{ conversation, senders, listeners: all, isGroup: true }];
    for (let at = 0; at < size.pairs; at++) {
      const [sender, listener] = [others[at], listeners[at]];
      if (sender === undefined || listener === undefined) throw new Error("There are too many pairs.");
      await befriend(url, sender, [listener]);
      const direct = await converse(url, sender, [listener], null);
      found.push({ conversation: direct, senders: [sender], listeners: [listener], isGroup: false });
    }
    return found;
  });
  return (await Promise.all(circles)).flat();
}
